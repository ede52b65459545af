#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# CPUs leave and come back under load: the scheduler stays attached (enable_seq does not move), what
# is online has exactly one owner soon afterwards, and every task goes on.
# Usage: hotplug.sh; ROUNDS=number overrides the 3 rounds.
# shellcheck source=tests/vm/scenarios/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

readonly rounds=${ROUNDS:-3} names=(a.service b.service)
readonly enable_seq=/sys/kernel/sched_ext/enable_seq
cpu_count=$(nproc --all)
readonly cpu_count

# put CPU 0|1: the CPU is offline or online when this returns.
put() { echo "$2" >"/sys/devices/system/cpu/cpu$1/online" || fail "cpu$1/online = $2"; }

everything_online() {
    local cpu
    for ((cpu = 1; cpu < cpu_count; cpu++)); do
        put "$cpu" 1
    done
}

undo() { everything_online; }

# owned: the CPUs of all cells, one a line, in order; one with two owners stands there twice.
# A cell without a CPU adds none.
owned() { cells | cut -d ' ' -f 3 | tr ',' '\n' | grep . | sort -n; }

online() {
    local range
    tr ',' '\n' </sys/devices/system/cpu/online | while read -r range; do
        seq "${range%-*}" "${range#*-}"
    done
}

each_has_one_owner() { [[ $(owned) == "$(online)" ]]; }

check_owners() {
    local name
    wait_for 5 "$1: every online CPU has one owner" each_has_one_owner
    for name in "${names[@]}"; do
        wait_for 5 "$1: the tasks of $name are on its CPUs" all_at_home "$name"
        # shellcheck disable=SC2046  # a list of numbers
        expect_progress "$1: $name" $(busy_tasks "$name")
    done
}

step 'two busy cells'
start_service
for name in "${names[@]}"; do
    make_cell "$name" "$cpu_count"
done
for name in "${names[@]}"; do
    wait_for 10 "$name has a cell" has_cell "$name"
    wait_for 20 "$name is busy" has_busy_tasks "$name" "$cpu_count"
done
attached=$(<"$enable_seq")
pid=$(show MainPID)
check_owners 'at first'

step 'one CPU after the other leaves and comes back'
for ((round = 1; round <= rounds; round++)); do
    cpu=$((1 + (round - 1) % (cpu_count - 1)))
    put "$cpu" 0
    check_owners "without CPU $cpu"
    put "$cpu" 1
    check_owners "with CPU $cpu again"
done

step 'all CPUs but the first leave, and come back at once'
for ((cpu = 1; cpu < cpu_count; cpu++)); do
    put "$cpu" 0
done
wait_for 5 'the last CPU has one owner' each_has_one_owner
for name in "${names[@]}"; do
    # shellcheck disable=SC2046  # a list of numbers
    expect_progress "on one CPU: $name" $(busy_tasks "$name")
done
everything_online
check_owners 'with all CPUs again'

step 'nothing was attached anew'
expect 'enable_seq' "$(<"$enable_seq")" "$attached"
expect 'the process' "$(show MainPID)" "$pid"
expect 'the kernel' "$(<"$kernel_state")" enabled
expect_quiet_kernel
