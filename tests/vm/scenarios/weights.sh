#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# cpu.weight between cells: it says how many CPUs they have. Inside a cell: two cgroups of one cell
# share its CPUs by their weights, however many tasks they hold; a changed weight counts at once. And
# between cells for which no CPU is left, whose weights count below their parent's.
# shellcheck source=tests/vm/scenarios/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

readonly many=6 few=3 crowd=24
readonly beside=../beside
window=6
cpu_count=$(nproc)
readonly cpu_count

# fill NAME COUNT: so many busy tasks in a new cgroup below the parent.
fill() {
    mkdir "$parent/$1"
    bash -c 'echo $$ >"$1/cgroup.procs" && shift && exec bash -c "$@"' _ "$parent/$1" \
        "$burn" "$2" &
}

# occupy NAME: a task that does nothing in a new cgroup below the parent: cells with tasks keep their
# CPU though others need one.
occupy() {
    mkdir -p "$parent/$1"
    sleep infinity &
    echo $! >"$parent/$1/cgroup.procs"
}

# Of a cell, by its object.
sampled() { property "$bus_name.CellMetrics" SampleTimestampMonotonic "$1"; }
is_sampled_since() { (($(sampled "$2") > $1)); }
demand_pct() { property "$bus_name.CellMetrics" DemandCpus "$1" | awk '{ printf "%.0f", 100 * $1 }'; }

# waiters_of NAME: the tasks of the cell that waited when the counters were read last.
waiters_of() {
    bpftool map dump name cells -j | jq --argjson id "$(cell_id "$1")" \
        '.[].formatted | select(.key == $id).value.waiters'
}

has_tasks_in() { grep -q '^populated 1$' "$parent/$1/cgroup.events"; }
no_tasks_in() { grep -q '^populated 0$' "$parent/$1/cgroup.events"; }
size_of() { count_of "$(cell_cpus "$1")"; }
has_cpus() { (($(size_of "$1") >= $2 && $(size_of "$1") <= $3)); }

# shares NAME NAME: the CPU time of the second in percent of the first's, over the window.
shares() {
    local x y
    x=$(usage_usec "$1") y=$(usage_usec "$2")
    sleep "$window"
    awk -v x=$(($(usage_usec "$1") - x)) -v y=$(($(usage_usec "$2") - y)) \
        'BEGIN { printf "%.0f", 100 * y / x }'
}

start_service
mkdir -p "$parent"
echo +cpu >/sys/fs/cgroup/cgroup.subtree_control
echo +cpu >"$parent/cgroup.subtree_control"

step 'two saturated cells'
fill light "$cpu_count"
fill heavy "$cpu_count"
wait_for 5 'heavy has a cell' has_cell heavy
wait_for 15 'light is busy' has_busy_tasks light "$cpu_count"
wait_for 15 'heavy is busy' has_busy_tasks heavy "$cpu_count"
# Of eight CPUs in thirds, and then in fifths, of which the root cell is due one.
expect_between 'CPUs of heavy at weights 100 and 100' "$(size_of heavy)" 2 3
echo 300 >"$parent/heavy/cpu.weight"
wait_for 5 'heavy has CPUs as by 300 of 500' has_cpus heavy 4 5
wait_for 10 'its tasks run there' all_at_home heavy
expect_between 'CPUs of light at weights 100 and 300' "$(size_of light)" 1 2
echo 100 >"$parent/heavy/cpu.weight"
wait_for 5 'it has less as by 100 of 300' has_cpus heavy 2 3
for name in light heavy; do echo 1 >"$parent/$name/cgroup.kill"; done
wait_for 10 'light has no task' no_tasks_in light
wait_for 10 'heavy has no task' no_tasks_in heavy
rmdir "$parent/light" "$parent/heavy"
wait_for 5 'light has no cell' has_no_cell light
wait_for 5 'heavy has no cell' has_no_cell heavy

step "$many busy tasks in one cgroup of a cell, $few in the other"
mkdir "$parent/w"
echo +cpu >"$parent/w/cgroup.subtree_control"
fill w/x $many
fill w/y $few
wait_for 5 'w has a cell' has_cell w
wait_for 15 'x is busy' has_busy_tasks w/x $many
wait_for 15 'y is busy' has_busy_tasks w/y $few

# By tasks it would be 50 %. The emulated machine's CPUs are unequal by chance: 15 % either way.
expect_between 'weights 100 and 100: time of y in percent of x' "$(shares w/x w/y)" 85 115
echo 300 >"$parent/w/x/cpu.weight"
expect_between 'weights 300 and 100: time of y in percent of x' "$(shares w/x w/y)" 27 40
echo 1 >"$parent/w/cgroup.kill"
occupy w/z

step 'two cells without a CPU of their own'
for ((i = 2; i < cpu_count; i++)); do occupy "own$i"; done
wait_for 5 'every CPU has an owner' has_cell "own$((cpu_count - 1))"
# One CPU's worth of time makes fewer slices, so it is watched for longer.
window=10
fill p $many
fill q $few
wait_for 5 'q has a cell' has_cell q
expect 'CPUs of p' "$(cell_cpus p)" ''
expect 'CPUs of q' "$(cell_cpus q)" ''
wait_for 15 'p is busy' has_busy_tasks p $many
wait_for 15 'q is busy' has_busy_tasks q $few
expect_between 'weights 100 and 100: time of q in percent of p' "$(shares p q)" 85 115
echo 300 >"$parent/p/cpu.weight"
expect_between 'weights 300 and 100: time of q in percent of p' "$(shares p q)" 27 40
echo -cpu >"$parent/w/cgroup.subtree_control"
echo -cpu >"$parent/cgroup.subtree_control" || fail 'the controller stays'
expect_between 'without the controller: time of q in percent of p' "$(shares p q)" 85 115

step "$crowd such cells of the highest weight, and a cgroup beside their parent"
for name in p q; do echo 1 >"$parent/$name/cgroup.kill"; done
echo +cpu >"$parent/cgroup.subtree_control"
for ((i = 0; i < crowd; i++)); do
    fill "crowd$i" 1
    echo 10000 >"$parent/crowd$i/cpu.weight"
done
undo() { echo 1 >"$parent/$beside/cgroup.kill" && rmdir "$parent/$beside"; }
fill "$beside" 1
wait_for 30 'the last of the cells is busy' has_busy_tasks "crowd$((crowd - 1))" 1
wait_for 30 'the one beside is busy' has_busy_tasks "$beside" 1
# By tasks it would be 4 %.
expect_between "weights 100 and 100: time of the one beside in percent of the cells'" \
    "$(shares . "$beside")" 85 115

step 'one such cell of the lowest weight, whose task waits for longer than a tick'
mitosisctl set monitor-interval-s=0.25 demand-smoothing=1 >/dev/null || fail 'mitosisctl set'
fill starved 1
echo 1 >"$parent/starved/cpu.weight"
wait_for 5 'starved has a cell' has_cell starved
wait_for 5 'starved has a task' has_tasks_in starved
starved=$(cell_object starved)
# What is counted of its waits at a tick can only be one that has not ended; demand is kept for a
# while, and so would not show whether it was counted at every tick.
waits_seen=0
for ((look = 0; look < 8; look++)); do
    sampled_at=$(sampled "$starved")
    wait_for 5 'the next tick' is_sampled_since "$sampled_at" "$starved"
    waits_seen=$((waits_seen + $(waiters_of starved)))
    expect_between 'demand of a task that waits, in percent of a CPU' "$(demand_pct "$starved")" 70 220
done
expect_between 'ticks of eight at which it was seen waiting' "$waits_seen" 6 8
note "it ran for $(usage_usec starved) us"
echo 1 >"$parent/starved/cgroup.kill"
mitosisctl set monitor-interval-s=1 demand-smoothing=0.3 >/dev/null || fail 'mitosisctl set'

echo -cpu >"$parent/cgroup.subtree_control"
expect_between "without the controller in the cells: time of the one beside in percent of theirs" \
    "$(shares . "$beside")" 85 115

step 'groups that come and go and get other parents while their tasks wake'
is_frozen() { grep -qx 'frozen 1' "$parent/cgroup.events"; }
# counted_below NAME: the weight that the scheduler counts as runnable there.
counted_below() {
    bpftool map dump name groups -j | jq --argjson id "$(stat --format=%i "$parent/$1")" \
        '.[].formatted | select(.key == $id).value.active'
}
counts_nothing_below() { [[ $(counted_below "$1") == 0 ]]; }
for ((i = 0; i < crowd; i++)); do
    echo 1 >"$parent/crowd$i/cgroup.kill"
    (echo "$BASHPID" >"$parent/crowd$i/cgroup.procs" &&
        exec perf bench -f simple sched pipe -l 100000000) >/dev/null &
done
for ((i = 0; i < 5; i++)); do
    echo -cpu >/sys/fs/cgroup/cgroup.subtree_control
    echo +cpu >/sys/fs/cgroup/cgroup.subtree_control
    expect_between 'weight that is runnable in the cells' "$(counted_below .)" 100 1000000
    echo 1 >"$parent/cgroup.freeze"
    wait_for 30 'their tasks stand still' is_frozen
    wait_for 5 'nothing is runnable in them' counts_nothing_below .
    echo 0 >"$parent/cgroup.freeze"
done
expect_quiet_kernel
