#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# CPUs follow load between two cells and back, and what moves is the least possible; a square wave
# does not make them flap; cpusets, more cells than CPUs or ids, and hotplug under load leave every
# online CPU with one owner and every task running at home.
# Usage: rebalance.sh [--long]; with --long all of it with LLC awareness, too, else each step once.
# shellcheck source=tests/vm/scenarios/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

readonly cooldown=2
cpu_count=$(nproc)
readonly most=$((cpu_count - 3)) # the idle cell keeps one, cell 0 what this script needs
declare -A burners

# configure LINE...: rebalancing with a short cooldown, and these settings.
configure() {
    write_config "cell-parent-cgroup = \"/$slice\"" 'enable-rebalancing = true' \
        "rebalance-cooldown-s = $cooldown" 'monitor-interval-s = 0.5' "$@"
}

# start_with LINE...: the service, with these settings.
start_with() {
    configure "$@"
    systemctl start "$unit" || fail "systemctl start $unit: exit status $?"
    expect 'the kernel' "$(<"$kernel_state")" enabled
}

# add NAME...: cells without a task.
add() {
    local name
    for name; do mkdir -p "$parent/$name" || fail "mkdir $name"; done
    wait_for 20 "cell $name exists" has_cell "$name"
}

# load NAME THREADS: so many busy tasks in the cell, in place of those it had.
load() {
    local count
    unload "$1"
    for ((count = 0; count < $2; count++)); do
        (while :; do :; done) &
        burners[$1]+=" $!"
        echo $! >"$parent/$1/cgroup.procs"
    done
}

unload() {
    # shellcheck disable=SC2086  # a list of numbers
    [[ -z ${burners[$1]:-} ]] || { kill -KILL ${burners[$1]} && wait ${burners[$1]}; } 2>/dev/null
    burners[$1]=
}

size_of() { count_of "$(cell_cpus "$1")"; }
has_at_least() { (($(size_of "$1") >= $2)); }
rebalances() { number_in "$(property "$bus_name" Metrics)" RebalanceCount; }

# online: the CPUs as the kernel lists them, one a line.
online() { tr , '\n' </sys/devices/system/cpu/online | while IFS=- read -r a b; do seq "$a" "${b:-$a}"; done; }
owned() { cells | cut -d ' ' -f 3 | tr , '\n' | sed '/^$/d' | sort -n; }
owned_once() { [[ $(owned) == "$(online)" ]]; }

kernel_agrees() { mitosisctl verify >"$scenario_dir/verify" 2>&1; }

# The same where verify has to say that some cgroups have no cell.
kernel_has_owners_of_plan() {
    mitosisctl verify >"$scenario_dir/verify" 2>&1
    grep -q 'ok  kernel: every CPU belongs to the cell of the plan' "$scenario_dir/verify"
}

# verify WHAT NAME...: what the bus says is whole, and the kernel does it: its owners are those of
# the plan, and tasks run where it says.
verify() {
    local name
    wait_for 10 "$1: every online CPU has one owner" owned_once
    wait_for 10 "$1: the kernel's owners are the plan's" kernel_agrees
    for name in "${@:2}"; do wait_for 20 "$1: tasks of $name run at home" all_at_home "$name"; done
}

# owners_by_cpu: "CPU ID" lines, to count what moved.
owners_by_cpu() { cells | while read -r id _ list; do tr , '\n' <<<"$list" | sed "s/\$/ $id/"; done | sort; }
moved_between() { comm -13 "$1" "$2" | wc -l; }

# least_moves BEFORE AFTER: what the cells gained, all together, which nothing less can bring about.
least_moves() {
    awk 'NR == FNR { before[$2]++; next } { after[$2]++ }
        END { for (id in after) if (after[id] > before[id]) n += after[id] - before[id]; print n + 0 }' \
        "$1" "$2"
}

check_shift() {
    local from=$1 to=$2 before=$scenario_dir/owners after=$scenario_dir/owners-after least
    owners_by_cpu >"$before"
    unload "$from"
    load "$to" "$cpu_count"
    wait_for 30 "CPUs follow to $to" has_at_least "$to" $most
    owners_by_cpu >"$after" # once, as this script's own load may move one more
    least=$(least_moves "$before" "$after")
    # What this script needs changes on the way, so cell 0 may have swapped one.
    expect_between "CPUs that moved, of $least at least" "$(moved_between "$before" "$after")" "$least" \
        $((least + 2))
    verify "load in $to" "$to"
}

# A cell that wants everything has what its weight says, beside one that wants everything, too.
check_weights() {
    echo +cpu >/sys/fs/cgroup/cgroup.subtree_control
    echo +cpu >"$parent/cgroup.subtree_control" || fail 'no cpu controller'
    load a "$cpu_count"
    load b "$cpu_count"
    echo 300 >"$parent/b/cpu.weight"
    wait_for 30 'b has three times the CPUs of a' is_times_as_large b a
    verify 'weights 100 and 300' a b
    echo 100 >"$parent/b/cpu.weight"
    echo 300 >"$parent/a/cpu.weight"
    wait_for 30 'a has three times the CPUs of b' is_times_as_large a b
    echo 100 >"$parent/a/cpu.weight"
    unload b
}

# is_times_as_large HEAVY LIGHT: as nearly as whole CPUs beside those of cell 0 can be.
is_times_as_large() {
    local heavy light
    heavy=$(size_of "$1") light=$(size_of "$2")
    ((light > 0 && heavy >= 2 * light && heavy <= 5 * light))
}

check_square_wave() {
    local before round
    before=$(rebalances)
    for round in 1 2 3 4 5 6; do
        unload a && load b "$cpu_count"
        sleep 2
        unload b && load a "$cpu_count"
        sleep 2
    done
    note "$round periods of 4 s moved CPUs $(($(rebalances) - before)) times"
    expect_between 'times that CPUs moved in a square wave' "$(($(rebalances) - before))" 0 7
}

set_cpuset() { echo "$2" >"$parent/$1/cpuset.cpus" || fail "cpuset of $1"; }
lies_within() { ! cell_cpus "$1" | tr , '\n' | grep -vxE "$2" >/dev/null; }

check_cpuset() {
    echo +cpuset >/sys/fs/cgroup/cgroup.subtree_control
    echo +cpuset >"$parent/cgroup.subtree_control" || fail 'no cpuset controller'
    set_cpuset a 0-1
    wait_for 20 'the cell keeps to its narrowed cpuset' lies_within a '[01]'
    verify 'narrowed' a
    set_cpuset a "0-$((cpu_count - 1))"
    wait_for 30 'it grows again in the widened one' has_at_least a 3
    verify 'widened' a
}

is_in_state() { [[ $(property "$bus_name" State) == "\"$1\"" ]]; }

is_pooled() { [[ -z $(cell_cpus "$1") ]]; }
has_a_cpu() { ! is_pooled "$1"; }

# check_tasks_come COUNT: of so many empty cells, of which most have no CPU, three that have none get
# a task each, and with it a CPU.
check_tasks_come() {
    local name names=()
    for ((number = 0; number < $1 && ${#names[@]} < 3; number++)); do
        is_pooled "many-$number" && names+=("many-$number")
    done
    expect 'cells without a CPU that are to get one' "${#names[@]}" 3
    for name in "${names[@]}"; do load "$name" 1; done
    for name in "${names[@]}"; do wait_for 10 "$name has a CPU" has_a_cpu "$name"; done
    wait_for 10 'every online CPU has one owner' owned_once
    wait_for 10 "the kernel's owners are the plan's" kernel_has_owners_of_plan
    for name in "${names[@]}"; do wait_for 20 "tasks of $name run at home" all_at_home "$name"; done
    for name in "${names[@]}"; do unload "$name"; done
}

# check_many COUNT [CHECK]: so many cells more, then, after what CHECK does, none of them.
check_many() {
    local pid
    pid=$(show MainPID)
    for ((number = 0; number < $1; number++)); do mkdir -p "$parent/many-$number"; done
    wait_for 60 "$1 cells: degraded" is_in_state degraded
    wait_for 20 "$1 cells: every online CPU has one owner" owned_once
    wait_for 20 "$1 cells: the kernel's owners are the plan's" kernel_has_owners_of_plan
    wait_for 20 "$1 cells: tasks of a run at home" all_at_home a
    # shellcheck disable=SC2046  # a list of numbers
    expect_progress "$1 cells" $(busy_tasks a)
    ${2:-:} "$1"
    rmdir "$parent"/many-* || fail 'rmdir'
    wait_for 60 "without them: running" is_in_state running
    expect 'the service, by its process' "$(show MainPID)" "$pid"
}

has_cpus() { (($(size_of "$1") == $2)); }

readonly policy=('[cell.a]' 'max-cpus = 2' '[cell.b]' 'min-cpus = 3')

# Load asks for what the policy denies it, and its neighbour does nothing with what it is due.
check_policy() {
    load a "$cpu_count"
    wait_for 30 'a has the two CPUs it may have' has_cpus a 2
    wait_for 30 'b has the three it is due' has_cpus b 3
    verify 'minima and maxima' a
}

check_policy_later() {
    sleep $((3 * cooldown))
    expect 'CPUs of a, later' "$(size_of a)" 2
    expect 'CPUs of b, later' "$(size_of b)" 3
    verify 'minima and maxima, later' a
    unload a
}

readonly last=/sys/devices/system/cpu/cpu$((cpu_count - 1))/online

# toggle FILE: the CPU goes, and comes again; each time every online CPU has an owner.
toggle() {
    echo 0 >"$1"
    wait_for 30 'without the last CPU' owned_once
    verify 'offline' b
    echo 1 >"$1"
    wait_for 30 'with it again' owned_once
}

check_hotplug() {
    local deadline
    unload a
    load b "$cpu_count"
    # It goes and comes until the CPUs have followed the load, and once more.
    deadline=$((SECONDS + 60))
    until has_at_least b "$most"; do
        ((SECONDS < deadline)) || fail 'CPUs do not follow while one goes and comes'
        toggle "$last"
    done
    toggle "$last"
    verify 'online again' b
}

# check_all SETTING...: everything, with these settings.
check_all() {
    step "load shifts and comes back; ${*:-default settings}"
    start_with "$@"
    add a b
    load a "$cpu_count"
    wait_for 30 'CPUs follow to a' has_at_least a $most
    verify 'load in a' a
    check_shift a b
    check_shift b a

    step 'a square wave'
    check_square_wave
    verify 'after the wave' a

    step 'weights 100 and 300'
    check_weights

    step 'a cpuset is narrowed and widened'
    check_cpuset

    step 'more cells than CPUs, and than ids'
    check_many 40 check_tasks_come
    check_many 300

    step 'hotplug'
    check_hotplug
    unload b
    systemctl stop "$unit"
}

# check_with_policy SETTING...
check_with_policy() {
    step "a policy with minima and maxima; ${*:-default settings}"
    start_with "$@" "${policy[@]}"
    check_policy
    check_policy_later
    systemctl stop "$unit"
}

# check_briefly SETTING...: each step once, but for those that are about when CPUs move.
check_briefly() {
    step "each step once; $*"
    start_with "$@"
    load b "$cpu_count"
    wait_for 30 'CPUs follow to b' has_at_least b $most
    verify 'load in b' b
    check_shift b a
    check_cpuset
    check_many 40
    configure "$@" "${policy[@]}"
    systemctl reload "$unit" || fail "systemctl reload $unit: exit status $?"
    check_policy
    unload a
    load b "$cpu_count"
    toggle "$last"
    verify 'online again' b
    unload b
}

check_all
check_with_policy

if [[ ${1:-} == --long ]]; then
    check_all 'enable-llc-awareness = true'
    check_with_policy 'enable-llc-awareness = true'
else
    check_briefly 'enable-llc-awareness = true'
fi

expect_quiet_kernel
