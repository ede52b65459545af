#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# How long a task runs: slice-us, which is shorter when many wait; and enable-slice-shrinking with
# its two limits, on and off.
# shellcheck source=tests/vm/scenarios/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=tests/vm/scenarios/lib_hazards.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib_hazards.sh"
# shellcheck source=tests/vm/scenarios/lib_options.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib_options.sh"

readonly window=3

# set_slice US: of the running scheduler.
set_slice() { mitosisctl set "slice-us=$1" >/dev/null || fail "slice-us=$1"; }

# switches TID...: how often they were made to leave their CPU until now.
switches() {
    local tid
    for tid; do
        sed -n 's/^nonvoluntary_ctxt_switches:\t//p' "/proc/$tid/status"
    done | awk '{ sum += $1 } END { print sum }'
}

# switches_of COUNT: of so many busy tasks on one CPU, in the window.
switches_of() {
    local before
    burn a "$1" taskset -c "$cpu"
    expect_progress "$1 tasks" "${spawned[@]}" >&2
    before=$(switches "${spawned[@]}")
    sleep "$window"
    printf '%s' $(($(switches "${spawned[@]}") - before))
    end_spawned 0
}

# times X Y: how many times Y is in X.
times() { awk -v x="$1" -v y="$2" 'BEGIN { printf "%.1f", x / (y ? y : 1) }'; }

# wait_behind_hog RUN: the mean wait in ms of a task that runs for so many microseconds at a time
# and shares its only CPU with a busy one. The kernel tells the time waited and the turns.
wait_behind_hog() {
    local waiter before after
    burn a 1 taskset -c "$cpu"
    pulses a 1 "$1" 5000 taskset -c "$cpu"
    waiter=${spawned[-1]}
    expect_progress 'hog and waiter' "${spawned[@]:0:1}" >&2
    before=$(<"/proc/$waiter/schedstat")
    sleep "$window"
    after=$(<"/proc/$waiter/schedstat")
    end_spawned 0
    count_again a
    awk -v a="$before" -v b="$after" 'BEGIN {
        split(a, x); split(b, y)
        printf "%.1f", y[3] - x[3] < 10 ? -1 : (y[2] - x[2]) / (y[3] - x[3]) / 1e6
    }'
}

# expect_shrinks RUN KEY HIGH: the wait behind a hog stays below HIGH ms, by this kind of limit.
expect_shrinks() {
    local before
    before=$(counter a "$2")
    expect_between "wait in ms of one that runs for $1 us" "$(wait_behind_hog "$1")" 0.01 "$3"
    expect_between "$2" $(($(counter a "$2") - before)) 10 1e9
}

settings=('monitor-interval-s = 0.2' 'slice-shrink-min-us = 1000' 'slice-shrink-max-us = 8000')
begin
group a
wait_for 10 'a has CPUs' has_cpus a
cpu=$(cpu_of a 1)

step 'slice-us, of the running scheduler'
set_slice 100000
long=$(switches_of 2)
many=$(switches_of 20)
set_slice 2000
short=$(switches_of 2)
expect_between "100 ms: switches in $window s" "$long" $((window * 5)) $((window * 20))
# A slice ends at a tick, of which there are 250 in a second.
expect_between '2 ms: as many times more' "$(times "$short" "$long")" 10 60
# Each has its turn within the time that four slices take.
expect_between '100 ms for 20 tasks: as many times more' "$(times "$many" "$long")" 2.5 10
expect 'attached once' "$(</sys/kernel/sched_ext/enable_seq)" "$expect_seq"

step 'slices are not shrunk'
set_slice 100000
for run in 0 2000 10000; do
    expect_between "wait in ms of one that runs for $run us" "$(wait_behind_hog $run)" 50 120
done
expect 'shrunk slices' "$(counter a SliceShrinks)" 0

step 'enable-slice-shrinking, with slice-shrink-min-us and slice-shrink-max-us'
switch enable-slice-shrinking=true
# Where the limit is shorter than a tick, the hog is preempted at once; else it goes on for the limit
# and some ticks.
expect_shrinks 0 SliceShrinksAtMin 8
expect_shrinks 2000 SliceShrinksProportional 30
expect_shrinks 10000 SliceShrinksAtMax 30

step 'the two limits, of the running scheduler'
seq=$(</sys/kernel/sched_ext/enable_seq)
mitosisctl set slice-shrink-min-us=30000 slice-shrink-max-us=60000 >/dev/null || fail 'the limits'
proportional=$(counter a SliceShrinksProportional)
expect_shrinks 2000 SliceShrinksAtMin 60
# Its first stretches are long, until it has begun; of three seconds with the old limits it were all.
expect_between 'what is between the new limits' \
    $(($(counter a SliceShrinksProportional) - proportional)) 0 40
expect 'attached meanwhile' $(($(</sys/kernel/sched_ext/enable_seq) - seq)) 0
expect_quiet_kernel
