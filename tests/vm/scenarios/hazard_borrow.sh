#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# B1-B5, H-LLC1, H-LLC2, H-LLC4 of tests/vm/hazards.md: no CPU idles while a cell has work for it,
# in whichever LLC, and an owner that comes back has its CPUs.
# shellcheck source=tests/vm/scenarios/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=tests/vm/scenarios/lib_hazards.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib_hazards.sh"

# expect_used WHAT NAME CPUS: the cgroup uses nearly that many CPUs.
expect_used() {
    expect_between "$1: CPUs that $2 uses" "$(cpus_used "$2" 4)" \
        "$(awk -v n="$3" 'BEGIN { print 0.8 * n }')" $((cpu_count + 1))
}

without enable-rebalancing
settings+=('[cell."a"]' 'min-cpus = 4')
begin
group a

step 'H-LLC1 H-LLC2 H-LLC4: one cell in all LLCs; its tasks start in one of them'
owned=$(count_of "$(cell_cpus a)")
burn a "$cpu_count" taskset -c "$(cell_cpus a | cut -d , -f 1)"
for tid in "${spawned[@]}"; do
    taskset -pc "0-$((cpu_count - 1))" "$tid" >/dev/null || fail "taskset $tid"
done
expect_used 'released from one CPU' a "$owned"
expect_progress 'all of them' "${spawned[@]}"
end_spawned 0

step 'B1 B2: idle CPUs of another cell take what waits'
group b
burn a "$cpu_count"
expect_used 'b sleeps' a $((cpu_count - 1))
expect_between 'borrowed dispatches of a' \
    "$(number_in "$(metrics_of a)" DispatchBorrowed)" 1 1e15
end_spawned 0
burn a "$cpu_count" taskset -c "$(cell_cpus a)"
expect_used 'tasks tied to the CPUs of their own cell' a "$(count_of "$(cell_cpus a)")"
end_spawned 0

step 'B3: the owner comes back'
burn a $((2 * cpu_count))
burn b "$cpu_count"
expect_used 'b among borrowers' b "$(count_of "$(cell_cpus b)")"
end_spawned 0

step 'B3: the owner asks for more CPUs than it uses, sleeps, and comes back'
burn a $((2 * cpu_count))
for round in 1 2 3; do
    spawn b stress-ng --quiet --switch 4 --timeout 1
    wait "${spawned[-1]}" || fail 'the short burst did not end well'
    unset 'spawned[-1]'
    sleep 2 # no condition: the time that must not count
done
wait_for 10 'a later sample' sampled_since b "$(metrics_of b)"
metrics=$(metrics_of b)
expect_between 'CPUs that b took back' "$(number_in "$metrics" Reclaims)" 1 1e9
# What nobody took in the first burst was not asked for all the while until the next.
expect_between 'ms that the longest took' $(($(number_in "$metrics" ReclaimMaxNSec) / 1000000)) \
    0 1500
end_spawned 0

step 'B4: own CPUs in the other LLC before borrowed ones'
remove b
wait_for 10 'a sample without b' sampled_since a "$(metrics_of a)"
earlier=$(metrics_of a)
spawn a stress-ng --quiet --nanosleep 1 --nanosleep-threads 2 --timeout 4s
wait "${spawned[-1]}" || fail 'the sleepers did not end well'
unset 'spawned[-1]'
wait_for 10 'a later sample' sampled_since a "$(metrics_of a)"
after=$(metrics_of a)
# A CPU that another waker is about to use, or that is about to idle, does not count as idle, and an
# emulated one may stay so for long: a few in a hundred may find no other. All would, were own CPUs
# not searched first.
local_now=$(($(number_in "$after" DispatchLocal) - $(number_in "$earlier" DispatchLocal)))
expect_between 'wakeups on own CPUs while most idle' "$local_now" 100 1e9
expect_between 'borrowed meanwhile' \
    $(($(number_in "$after" DispatchBorrowed) - $(number_in "$earlier" DispatchBorrowed))) \
    0 $((local_now / 50))
spawned=()

step 'B5: placements that are undone'
group b
burn a "$cpu_count"
for ((round = 0; round < 60; round++)); do
    taskset -pc $((RANDOM % cpu_count)) "${spawned[RANDOM % cpu_count]}" >/dev/null
done
for tid in "${spawned[@]}"; do
    taskset -pc "0-$((cpu_count - 1))" "$tid" >/dev/null || fail "taskset $tid"
done
expect_between 'the least of them, against their mean' \
    "$(ran_in 5 "${spawned[@]}" | least_share)" 0.4 1
end_spawned 0
expect_unharmed 'the end'

step 'LLCs apart: own CPUs that others have are taken back where the task waits'
echo +cpuset >/sys/fs/cgroup/cgroup.subtree_control || fail 'no cpuset'
echo +cpuset >"$parent/cgroup.subtree_control" || fail 'no cpuset'
echo 2-5 >"$parent/a/cpuset.cpus" || fail 'cpuset.cpus of a'
wait_for 10 'a has two CPUs in each LLC' cell_has a 2,3,4,5
switch enable-work-stealing=false
burn b "$cpu_count"
expect_used 'a sleeps' b 6
burn a 4 taskset -c 2
wait_for 10 'a has begun' has_begun "${spawned[-1]}"
for tid in "${spawned[@]: -4}"; do
    taskset -pc 2-5 "$tid" >/dev/null || fail "taskset $tid"
done
expect_used 'released from one CPU' a 4
end_spawned 0
expect_quiet_kernel
