#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# stress-ng (context switches, forks, pipes, changing affinity) in two cells while cgroups are made
# and removed all along: nothing stalls, nothing is restarted, and the counters add up.
# Usage: churn.sh [--long]; 45 s, or 5 minutes with --long; DURATION=seconds overrides both.
# shellcheck source=tests/vm/scenarios/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

duration=45
[[ ${1:-} != --long ]] || duration=300
duration=${DURATION:-$duration}
readonly duration names=(a.service b.service)
cpu_count=$(nproc)

# stress NAME: --affinity pins and unpins itself at random, --switch and --pipe block all the time.
stress() {
    systemd-run --quiet --collect --unit="$1" --slice="$slice" --property=TasksMax=infinity \
        stress-ng --quiet --switch 2 --fork 1 --pipe 1 --affinity 2 || fail "systemd-run $1"
}

# churn_once NAME: a cgroup with a task that starts in it and moves on while it is removed.
churn_once() {
    local cgroup=$parent/$1 tid
    mkdir "$cgroup" || fail "mkdir $1"
    (while :; do :; done) &
    tid=$!
    echo "$tid" >"$cgroup/cgroup.procs"
    mkdir "$cgroup/inner"
    echo "$tid" >"$cgroup/inner/cgroup.procs"
    read_task "$tid" || fail "the task in $1 is gone"
    echo "$tid" >"$parent/${names[0]}/cgroup.procs"
    rmdir "$cgroup/inner" "$cgroup" || fail "rmdir $1"
    kill -KILL "$tid"
    wait "$tid" 2>/dev/null
}

churn() {
    local deadline=$(($(now_ms) + duration * 1000))
    rounds=0
    while (($(now_ms) < deadline)); do
        churn_once "churn-$((rounds % 7))"
        rounds=$((rounds + 1))
    done
}

none_is_retired() { ! kernel_dump 'cell [0-9]+: state 2 ' | grep . >/dev/null; }

only_the_two() { (($(property "$bus_name" CellCount) == 3)); }

# check_cell NAME: what the scheduler counted against what the kernel counted. The cell is younger
# than its cgroup by some milliseconds, and its last sample up to a second older than the reading.
check_cell() {
    local metrics usage waits histogram
    wait_for 10 "$1: a later sample" sampled_since "$1" "$(metrics_of "$1")"
    metrics=$(metrics_of "$1")
    usage=$(usage_usec "$1")
    expect_between "$1: run time, cgroup accounting = 1" \
        "$(awk -v r="$(number_in "$metrics" CPUUsageNSec)" -v u="$usage" \
            'BEGIN { printf "%.3f", r / 1000 / u }')" 0.85 1.05
    waits=$(number_in "$metrics" Waits)
    expect_between "$1: waits" "$waits" 1000 1e15
    histogram=$(sed -E 's/.*"WaitHistogram" at [0-9]+ ([0-9 ]+).*/\1/' <<<"$metrics" |
        awk '{ for (i = 1; i <= NF; i++) sum += $i; printf "%d", sum }')
    # The counters of the CPUs are read one after another while they count on.
    expect_between "$1: histogram less waits" $((histogram - waits)) $((-cpu_count)) "$cpu_count"
}

check_totals() {
    local metrics elapsed run dispatched=0 key
    metrics=$(property "$bus_name" Metrics)
    elapsed=$(($(now_ms) - started))
    run=$(number_in "$metrics" CPUUsageNSec)
    for key in DispatchLocal DispatchCpuQueue DispatchCellQueue DispatchBorrowed; do
        note "$key $(number_in "$metrics" "$key")"
        dispatched=$((dispatched + $(number_in "$metrics" "$key")))
    done
    expect_between "run time of all cells, in CPUs" \
        "$(awk -v r="$run" -v t="$elapsed" 'BEGIN { printf "%.3f", r / 1e6 / t }')" \
        0.5 "$cpu_count"
    expect_between 'dispatches' "$dispatched" 1000 1e15
    expect_between 'waits that ended, of all dispatches' \
        "$(awk -v w="$(number_in "$metrics" Waits)" -v d="$dispatched" \
            'BEGIN { printf "%.3f", w / d }')" 0.1 10
}

start_service
started=$(now_ms)
seq=$(</sys/kernel/sched_ext/enable_seq)
for name in "${names[@]}"; do
    stress "$name"
    wait_for 10 "$name has a cell" has_cell "$name"
done

watch_bus
step "$duration s of stress and churn"
churn
expect_between 'cgroups made and removed' "$rounds" "$((duration / 15))" 1000000
wait_for 10 'the two cells are left' only_the_two
wait_for 30 'the scheduler has given back every id' none_is_retired
expect_sound_ids $((rounds / 4))
kill "$watcher"

step 'nothing happened to the service'
expect 'the unit' "$(systemctl is-active "$unit")" active
expect 'the same daemon' "$(show MainPID) $(show NRestarts)" "$service_pid 0"
expect 'the kernel' "$(<"$kernel_state")" enabled
expect 'attached once' "$(</sys/kernel/sched_ext/enable_seq)" "$seq"
expect 'errors in the journal' \
    "$(journalctl --unit="$unit" --priority=err --since=@$((started / 1000)) --quiet | wc -l)" 0
expect_quiet_kernel

step 'the counters add up'
for name in "${names[@]}"; do
    check_cell "$name"
done
check_totals
mitosisctl cells
