#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Lending: a busy cell uses the CPUs of an idle one, which has them back as soon as it wakes up; two
# busy cells get the same of what a third one lends.
# shellcheck source=tests/vm/scenarios/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

readonly window=5
cpu_count=$(nproc)

# cpus_used NAME: CPU time of the cgroup per second, over the window.
cpus_used() {
    local usage began
    usage=$(usage_usec "$1") began=$(now_ms)
    sleep "$window"
    awk -v u=$(($(usage_usec "$1") - usage)) -v t=$(($(now_ms) - began)) \
        'BEGIN { printf "%.2f", u / 1000 / t }'
}

counter() { number_in "$(metrics_of "$1")" "$2"; }

has_reclaimed() { (($(counter idle.service Reclaims) > ${1:-0})); }

start_service
write_config "cell-parent-cgroup = \"/$slice\"" 'enable-borrowing = true'
systemctl reload "$unit" || fail "reload: $?"
expect 'the unit' "$(systemctl is-active "$unit")" active

step 'one cell idles, the other one is busy'
systemd-run --quiet --collect --unit=idle.service --slice="$slice" sleep infinity
make_cell busy.service "$cpu_count"
wait_for 5 'idle.service has a cell' has_cell idle.service
wait_for 5 'busy.service has a cell' has_cell busy.service
wait_for 15 'busy.service is busy' has_busy_tasks busy.service "$cpu_count"
own=$(count_of "$(cell_cpus busy.service)")
# The rest, cell 0, is nearly idle, too; a tenth is left to it and to the emulator's unevenness.
expect_between "CPUs' worth of time of busy.service, which owns $own" "$(cpus_used busy.service)" \
    "$(awk -v n="$cpu_count" 'BEGIN { print n * 0.85 }')" \
    "$(awk -v n="$cpu_count" 'BEGIN { print n * 1.1 }')"

step 'the idle cell wakes up'
reclaims=$(counter idle.service Reclaims)
awake=$(count_of "$(cell_cpus idle.service)")
systemd-run --quiet --collect --unit=awake.service --slice="$slice" true
bash -c 'echo $$ >"$1/cgroup.procs" && shift && exec bash -c "$@"' _ "$parent/idle.service" \
    "$burn" "$awake" &
wait_for 15 'the idle cell is busy' has_busy_tasks idle.service "$awake"
expect_between "CPUs' worth of time of idle.service, which owns $awake" \
    "$(cpus_used idle.service)" "$(awk -v n="$awake" 'BEGIN { print n * 0.85 }')" "$cpu_count"
wait_for 5 'CPUs were taken back' has_reclaimed "$reclaims"
metrics=$(metrics_of idle.service)
note "$(number_in "$metrics" Reclaims) CPUs taken back, $(awk \
    -v ns="$(number_in "$metrics" ReclaimNSec)" -v n="$(number_in "$metrics" Reclaims)" \
    'BEGIN { printf "%.0f us each", ns / n / 1000 }') on average"
expect_quiet_kernel
