#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Two cells with as many busy threads each as the machine has CPUs: every sample of every thread
# lies on its own cell's CPUs, each cell gets the time of its CPUs, each thread a fair part of it.
# Measured by /proc/TID/stat, by the kernel's cgroup accounting and by the scheduler's own counters.
# shellcheck source=tests/vm/scenarios/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

readonly window=6 names=(a.service b.service)
cpu_count=$(nproc)
declare -A home samples tasks before_usage before_clock before_metrics

# Every online CPU is in exactly one cell.
check_division() {
    local all name
    all=$(cells | cut -d ' ' -f 3 | tr , '\n' | sort -n | paste -sd,)
    expect 'the cells together own every CPU once' "$all" "$(seq -s, 0 $((cpu_count - 1)))"
    # Three cells of the same weight.
    for name in "${names[@]}"; do
        expect_between "CPUs of $name, a third of $cpu_count" "$(count_of "$(cell_cpus "$name")")" \
            $((cpu_count / 3)) $(((cpu_count + 2) / 3))
    done
    cells | while read -r line; do note "cell $line"; done
}

# sample_once: adds every busy task of both cells to `samples`; a stray one ends the scenario.
sample_once() {
    local name tid
    for name in "${names[@]}"; do
        for tid in ${tasks[$name]}; do
            is_busy "$tid" || continue
            [[ ,${home[$name]}, == *,$task_cpu,* ]] ||
                fail "task $tid of $name is on CPU $task_cpu, its cell owns ${home[$name]}"
            samples[$name]=$((${samples[$name]:-0} + 1))
        done
    done
}

# remember_counters NAME: of the cell and of the cgroup at one moment.
remember_counters() {
    before_usage[$1]=$(usage_usec "$1")
    before_clock[$1]=$(now_ms)
    before_metrics[$1]=$(metrics_of "$1")
}

# counted_share NAME: the cell's CPU time per second, as the scheduler counted, by its own clock.
counted_share() {
    local now run stamp
    now=$(metrics_of "$1")
    run=$(($(number_in "$now" CPUUsageNSec) - $(number_in "${before_metrics[$1]}" CPUUsageNSec)))
    stamp=$(($(number_in "$now" SampleTimestampMonotonic) - \
        $(number_in "${before_metrics[$1]}" SampleTimestampMonotonic)))
    awk -v r="$run" -v t="$stamp" 'BEGIN { printf "%.3f", r / 1000 / t }'
}

# check_share NAME: CPU time per second, by the kernel and by the scheduler. The upper bound is what
# the CPUs can give (2 % for the clocks' skew between reads); the lower leaves 15 % to interrupts and
# kernel threads, which an emulated machine spends dearly.
check_share() {
    local name=$1 cpus usage elapsed kernel
    cpus=$(count_of "${home[$name]}")
    usage=$(($(usage_usec "$name") - before_usage[$name]))
    elapsed=$(($(now_ms) - before_clock[$name]))
    kernel=$(awk -v u="$usage" -v t="$elapsed" 'BEGIN { printf "%.3f", u / 1000 / t }')
    expect_between "$name: CPUs' worth of time by cgroup accounting, of $cpus" "$kernel" \
        "$(awk -v n="$cpus" 'BEGIN { print n * 0.85 }')" \
        "$(awk -v n="$cpus" 'BEGIN { print n * 1.02 + 0.05 }')"
    # Both measure the same seconds but for a sample interval at each end, in which the load is
    # steady: 10 %.
    expect_between "$name: the same by the scheduler's counters" "$(counted_share "$name")" \
        "$(awk -v k="$kernel" 'BEGIN { print k * 0.9 }')" \
        "$(awk -v k="$kernel" 'BEGIN { print k * 1.1 }')"
}

# check_places NAME: where the scheduler says that it sent tasks meanwhile: never elsewhere.
check_places() {
    local now key
    now=$(metrics_of "$1")
    for key in DispatchBorrowed BorrowedNSec LentNSec AffinityViolations; do
        expect "$1: $key meanwhile" \
            $(($(number_in "$now" "$key") - $(number_in "${before_metrics[$1]}" "$key"))) 0
    done
}

# check_fairness NAME: no thread got less than half of the mean, or more than twice.
check_fairness() {
    local tid ticks spread
    spread=$(while read -r tid ticks; do
        read_task "$tid" && echo $((task_ticks - ticks))
    done <"$scenario_dir/$1" | awk '
        { sum += $1; if (NR == 1 || $1 < min) min = $1; if ($1 > max) max = $1 }
        END { mean = sum / NR; printf "%.2f %.2f", min / mean, max / mean }')
    expect_between "$1: least time of a thread, mean = 1" "${spread% *}" 0.5 1
    expect_between "$1: most time of a thread, mean = 1" "${spread#* }" 1 2
}

start_service

step "two cells with $cpu_count busy threads each"
for name in "${names[@]}"; do
    make_cell "$name" "$cpu_count"
done
for name in "${names[@]}"; do
    wait_for 5 "$name has a cell" has_cell "$name"
    wait_for 15 "$name is busy" has_busy_tasks "$name" "$cpu_count"
    wait_for 10 "$name: every thread has reached its cell" all_at_home "$name"
done
check_division

step "sampling every thread for $window s"
for name in "${names[@]}"; do
    home[$name]=$(cell_cpus "$name")
    tasks[$name]=$(busy_tasks "$name" | paste -sd' ')
    # shellcheck disable=SC2086  # a list of numbers
    remember ${tasks[$name]} >"$scenario_dir/$name"
    remember_counters "$name"
done
deadline=$(($(now_ms) + window * 1000))
rounds=0
while (($(now_ms) < deadline)); do
    sample_once
    rounds=$((rounds + 1))
done
for name in "${names[@]}"; do
    expect_between "$name: samples in $rounds rounds, each on CPUs ${home[$name]}" \
        "${samples[$name]:-0}" $((rounds * cpu_count / 2)) $((rounds * cpu_count * 2))
    check_fairness "$name"
    check_share "$name"
    check_places "$name"
    expect "$name: CPUs unchanged meanwhile" "$(cell_cpus "$name")" "${home[$name]}"
done
expect_quiet_kernel
