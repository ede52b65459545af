#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# V1-V7, V9, V11, AF1-AF3 of tests/vm/hazards.md: who shares a CPU or a cell gets a fair part of it,
# whatever it does with its affinity, policy and yields, and nobody is ejected for it.
# shellcheck source=tests/vm/scenarios/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=tests/vm/scenarios/lib_hazards.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib_hazards.sh"

# some_cpus NAME COUNT: so many of the cell's CPUs, as a list.
some_cpus() { cell_cpus "$1" | cut -d , -f "1-$2"; }

# waits TID...: the time that they waited for a CPU, in ns, and how often, all together.
waits() {
    local tid
    for tid; do cat "/proc/$tid/schedstat"; done | awk '{ ns += $2; n += $3 } END { print ns, n }'
}

# What step V11 has besides cells: a cgroup that weighs much, this script's and the service's beside
# it, and a thread of the kernel that has work all the time, looking for pages that are alike.
readonly heavy=/sys/fs/cgroup/heavy ksm=/sys/kernel/mm/ksm
own_slice=/sys/fs/cgroup/$(cut -d / -f 5 <<<"$own_cgroup")
pages_to_scan=$(<"$ksm/pages_to_scan")
readonly own_slice pages_to_scan
leave_heavy() {
    [[ -d $heavy ]] || return 0
    echo 1 >"$heavy/cgroup.kill"
    echo 100 >"$own_slice/cpu.weight"
    echo 2 >"$ksm/run" && echo 0 >"$ksm/run"
    echo "$pages_to_scan" >"$ksm/pages_to_scan"
}
undo() {
    undo_hazards
    leave_heavy
}

without enable-rebalancing # the CPUs below are to stay a's
begin
group a
group b
wait_for 10 'both have CPUs' has_cpus a b

step 'V1: a SCHED_IDLE task runs on borrowed CPUs for seconds, then the owner returns'
burn a "$cpu_count"
burn a 2 chrt --idle 0
idlers=("${spawned[@]: -2}")
expect_progress 'all on lent CPUs' "${spawned[@]}"
sleep 3
burn b "$cpu_count"
expect_progress 'with the owner back' "${spawned[@]}"
expect_progress 'the SCHED_IDLE tasks' "${idlers[@]}"
end_spawned 0

step 'V2: one had a CPU for itself for seconds, then another comes'
cpu=$(some_cpus a 1)
burn a 1 taskset -c "$cpu"
sleep 3
burn a 1 taskset -c "$cpu"
expect_between 'the newcomer against the old' \
    "$(ran_in 4 "${spawned[1]}" "${spawned[0]}" | share_of_first)" 0.6 1.7
end_spawned 0

step 'V3: who changes its affinity all the time gains nothing by it'
burn b "$cpu_count"
burn a $((2 * cpu_count))
restless=${spawned[cpu_count]}
(while taskset -pc "0-$((cpu_count - 2))" "$restless" && taskset -pc "0-$((cpu_count - 1))" "$restless"; do
    :
done &>/dev/null) &
changer=$!
expect_between 'the restless against the others' \
    "$(ran_in 6 "$restless" "${spawned[@]:cpu_count+1}" | share_of_first)" 0.1 2
kill "$changer"
wait "$changer" 2>/dev/null
end_spawned 0

step 'V4: who yields or sleeps all the time does not push a hog aside'
burn a 1 taskset -c "$cpu"
hog=${spawned[0]}
spawn a stress-ng --quiet --yield 2 --taskset "$cpu"
spawn a stress-ng --quiet --nanosleep 1 --nanosleep-threads 2 --taskset "$cpu"
expect_between 'the CPU of the hog among yielders' \
    "$(ran_in 5 "$hog" | awk '{ printf "%.3f", $1 / 500 }')" 0.15 1
end_spawned 0
own=$(count_of "$(cell_cpus a)")
burn b "$cpu_count" # so that nobody of a finds another CPU
burn a "$own"
spawn a stress-ng --quiet --yield "$own"
# Each yielder of stress-ng has a few processes: a fair part of a CPU is less than a third.
expect_between 'the least of the hogs among yielders in the queue of a cell, in CPUs' \
    "$(ran_in 5 "${spawned[@]:cpu_count:own}" | sort -n | awk 'NR == 1 { printf "%.3f", $1 / 500 }')" \
    0.1 1.1
end_spawned 0
remove a
group a

step 'V5 V6 V7: tasks pinned into another cell, and CPUs that change hands'
burn b "$cpu_count"
burn a "$cpu_count"
burn a 2 taskset -c "$(some_cpus b 1)"
strangers=("${spawned[@]: -2}")
kept=${#spawned[@]}
for round in 1 2; do
    group guest
    burn guest 2
    expect_progress "round $round: all" "${spawned[@]}"
    end_spawned "$kept"
    remove guest
    expect_progress "round $round: the strangers" "${strangers[@]}"
done
end_spawned 0

step 'V9: who sleeps most of the time is the first of its cell to get a CPU'
burn b "$cpu_count" # so that nobody of a finds another CPU
own=$(count_of "$(cell_cpus a)")
burn a $((2 * own))
spawn a stress-ng --quiet --nanosleep 1 --nanosleep-threads 1
wait_for 10 'the sleepers are there' has_tasks a $((2 * own + 3))
read_tasks a
mapfile -t sleepers < <(printf '%s\n' "${tids[@]}" | grep -vxFf <(printf '%s\n' "${spawned[@]}"))
waits "${sleepers[@]}" >"$scenario_dir/waits"
sleep 4
waits "${sleepers[@]}" >>"$scenario_dir/waits"
# A third of a slice for the first of the queue on two CPUs, to which ticks and the emulator's
# unevenness add; who is the last of it waits for more than a whole one.
expect_between "mean wait of the sleepers, ms, among two hogs for each of $own CPUs" \
    "$(awk 'NR == 1 { w = $1; n = $2 } END { printf "%.2f", ($1 - w) / ($2 - n) / 1e6 }' \
        "$scenario_dir/waits")" 0 20
end_spawned 0

step 'V11: threads of the kernel have their turn, however heavy the cell beside them is'
ksmd=$(pgrep -x ksmd) || fail 'there is no ksmd'
echo +cpu >/sys/fs/cgroup/cgroup.subtree_control || fail 'no cpu controller'
mkdir "$heavy" || fail 'mkdir heavy'
# 157, 67: prctl, PR_SET_MEMORY_MERGE.
# shellcheck disable=SC2016  # for another interpreter
spawn a perl -e 'my $pages = join "", map { pack("N", $_) x 1024 } 1 .. 8192;
    syscall(157, 67, 1, 0, 0, 0) == 0 or die "prctl: $!"; sleep'
burn ../heavy $((2 * cpu_count))
wait_for 10 'heavy has its tasks' has_tasks ../heavy $((2 * cpu_count))
burn a "$cpu_count"
burn b "$cpu_count"
expect_progress 'all CPUs are busy' "${spawned[@]:1}"
{ echo 2000 >"$ksm/pages_to_scan" && echo 1 >"$ksm/run"; } || fail 'ksm'
for cgroup in "$own_slice" "$heavy"; do
    echo 10000 >"$cgroup/cpu.weight" || fail "the weight of $cgroup"
done
sleep 4 # no condition: what the tasks had at their old weights is over
waits "$ksmd" >"$scenario_dir/ksmd"
sleep 8
waits "$ksmd" >>"$scenario_dir/ksmd"
IFS=' ' read -r waited times < <(awk 'NR == 1 { ns = $1; n = $2 } END { print $1 - ns, $2 - n }' \
    "$scenario_dir/ksmd")
# By its share, a few hundredths of a CPU, it ran six times, and waited for half a second each time.
expect_between 'times that it ran in eight seconds' "$times" 40 1e9
expect_between 'its mean wait, ms' $((waited / times / 1000000)) 0 200
end_spawned 0
leave_heavy
rmdir "$heavy" || fail 'rmdir heavy'

step 'AF1: tasks tied to some of the CPUs are not frozen to one of them'
two=$(some_cpus a 2)
burn a 4 taskset -c "$two"
expect_between "the least of four on CPUs $two, against their mean" \
    "$(ran_in 5 "${spawned[@]}" | least_share)" 0.5 1
end_spawned 0

step 'AF2: an unprivileged task may tie itself to what it likes'
group tied # whose line the tasks above have not had
pins_are_counted() { (($(number_in "$(metrics_of tied)" MultiCpuPins) > 0)); }
lines_of_pins() {
    journalctl --unit "$unit" --invocation 0 --output cat |
        grep -E "^Task [0-9]+ may use several CPUs, but not all of cell [0-9]+ for cgroup /$slice/tied,"
}
# shellcheck disable=SC2016  # for the inner shell
spawn tied setpriv --reuid=nobody --clear-groups bash -c \
    'for i in {1..40}; do taskset -pc "$((i % 3)),$((i % 5 + 1))" $$ >/dev/null; done'
wait "${spawned[-1]}" || fail 'it could not'
ok 'it has done so 40 times'
wait_for 5 'its affinities are counted' pins_are_counted
wait_for 10 'one of them is in the journal' lines_of_pins
expect 'lines in the journal' "$(lines_of_pins | wc -l)" 1
remove tied
spawned=()

step 'AF3: one that waits behind a hog on its only CPU'
burn a 1 taskset -c "$cpu"
spawn a taskset -c "$cpu" stress-ng --quiet --nanosleep 1 --nanosleep-threads 1
ran_in 3 "${spawned[0]}" >"$scenario_dir/ran"
expect_between 'the hog still has most of the CPU' "$(awk '{ print $1 / 300 }' \
    "$scenario_dir/ran")" 0.5 1.05
end_spawned 0
expect_unharmed 'the end'
