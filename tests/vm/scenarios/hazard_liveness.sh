#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# L1-L11, L14, V1 of tests/vm/hazards.md: whatever becomes of its cell, CPUs and affinity, every task
# that wants to run does so within the watchdog's five seconds.
# shellcheck source=tests/vm/scenarios/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=tests/vm/scenarios/lib_hazards.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib_hazards.sh"

begin
group wide
# A boot with nohz_full= is to be one: without it the kernel says so only in its log.
tickless=$(sed -nE 's/.*\<nohz_full=([0-9,-]+).*/\1/p' /proc/cmdline)
[[ ! $tickless ]] ||
    expect 'CPUs whose tick may stop' "$(</sys/devices/system/cpu/nohz_full)" "$tickless"

step 'L1 L2 L3 L4 L9: CPUs and LLCs leave a cell while its tasks wait in its queues'
burn wide "$cpu_count"
for ((cpu = 0; cpu < cpu_count; cpu++)); do
    burn wide 1 taskset -c "$cpu,$(((cpu + 1) % cpu_count))"
done
burn wide 2 taskset -c "0-$((cpu_count / 2 - 1))"
kept=${#spawned[@]}
for round in 1 2; do
    for name in x y z; do
        group "$name"
        burn "$name" 2
    done
    note "round $round: $(cells | tr '\n' ';')"
    expect_progress 'with few CPUs' "${spawned[@]}"
    end_spawned "$kept"
    for name in x y z; do
        remove "$name"
    done
    expect_progress 'with many CPUs' "${spawned[@]}"
done
expect_unharmed 'moving CPUs'

step 'L5: more cells than CPUs, so some have none'
end_spawned 0
many=()
for ((i = 0; i < cpu_count + 4; i++)); do
    mkdir "$parent/many-$i" || fail "mkdir many-$i"
    many+=("many-$i")
done
wait_for 10 'each has a cell' cell_count_is $((2 + ${#many[@]}))
for name in "${many[@]}"; do
    burn "$name" 1
done
expect 'cells without a CPU of their own' \
    "$(($(cells | awk 'NF < 3' | wc -l) > 0))" 1
expect_progress 'in every cell' "${spawned[@]}"
end_spawned 0
for name in "${many[@]}"; do
    wait_for 10 "$name is empty" is_empty "$name"
    rmdir "$parent/$name" || fail "rmdir $name"
done
wait_for 10 'their cells are gone' cell_count_is 2

step 'V1: much weight comes after the light tasks that wait'
burn wide $((4 * cpu_count)) nice -n 19
expect_progress 'alone' "${spawned[@]}"
burn wide $((2 * cpu_count)) nice -n -20
expect_progress 'among the heavy' "${spawned[@]}"
end_spawned 0

step 'L6 L7: a task wakes on an idle cell, again and again'
group pair
spawn pair timeout 60 perf bench --format=simple sched pipe --loop 2000
wait "${spawned[-1]}" || fail 'the round trips did not end well'
wait_for 10 'a later sample' sampled_since pair "$(metrics_of pair)"
metrics=$(metrics_of pair)
# Whoever is not kicked waits for the next tick at best, and on an idle CPU there is none.
expect_between 'mean wait, ms' "$(awk -v w="$(number_in "$metrics" WaitNSec)" \
    -v n="$(number_in "$metrics" Waits)" 'BEGIN { printf "%.3f", w / 1e6 / n }')" 0 3

step 'L10: allowed CPUs that are offline'
away=$((cpu_count - 3))
spawned=()
set_online "$away" 0
burn wide 2 taskset -c "$away,$((away + 1))"
burn wide 2 taskset -c "$away-$((cpu_count - 1))"
expect_progress 'while a CPU of theirs is away' "${spawned[@]}"
set_online "$away" 1
expect_progress 'when it is back' "${spawned[@]}"
end_spawned 0

step 'L8 L11: affinity changes under tasks that wake and are placed'
spawn wide stress-ng --quiet --affinity 4 --affinity-rand --switch 4 --timeout 6s
storm=${spawned[0]}
while [[ -e /proc/$storm/stat ]]; do
    read_tasks wide
    for tid in "${tids[@]}"; do
        taskset -pc "$((RANDOM % cpu_count)),$((RANDOM % cpu_count))" "$tid" &>/dev/null
    done
done
wait "$storm" || fail 'the storm did not end well'
spawned=()

step 'L14: forks in a cgroup that is being killed'
burn wide "$cpu_count"
for round in 1 2 3; do
    group dying
    # shellcheck disable=SC2016  # for the inner shell
    spawn dying bash -c 'while :; do for i in {1..20}; do (exec sleep 2) & done; wait; done'
    wait_for 10 "round $round: it forks" has_tasks dying 15
    remove dying
    expect_progress 'the others' "${spawned[@]:0:cpu_count}"
done
end_spawned 0
group again
expect_between 'ids are used again: the newest' "$(cell_id again)" 1 $((cpu_count + 8))
expect_unharmed 'the end'
