#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A reload that attaches anew, on a machine so busy that loading takes longer than systemd's watchdog
# lets the service be silent: it is the same process after that, and nothing was restarted.
# shellcheck source=tests/vm/scenarios/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

readonly watchdog_s=6 drop_in=/run/systemd/system/$unit.d/watchdog.conf
cpu_count=$(nproc)

undo() {
    rm -rf "${drop_in%/*}"
    systemctl daemon-reload
}

has_llc_awareness() {
    [[ $(property "$bus_name" Config) == *'"enable-llc-awareness" b true'* ]]
}

# away_ms: how long the kernel was without the scheduler, the last time.
away_ms() {
    dmesg | sed -nE 's/^\[ *([0-9.]+)\] sched_ext: BPF scheduler "mitosis" (enabled|disabled).*/\1 \2/p' |
        awk '$2 == "disabled" { at = $1 } $2 == "enabled" && at { ms = 1000 * ($1 - at) }
            END { printf "%d", ms }'
}

mkdir -p "${drop_in%/*}"
printf '[Service]\nWatchdogSec=%d\n' $watchdog_s >"$drop_in"
systemctl daemon-reload
start_service
expect 'the watchdog' "$(show WatchdogUSec)" "${watchdog_s}s"
seq=$(</sys/kernel/sched_ext/enable_seq)
make_cell a.service "$cpu_count"
make_cell b.service "$cpu_count"
wait_for 20 'a.service is busy' has_busy_tasks a.service "$cpu_count"
wait_for 20 'b.service is busy' has_busy_tasks b.service "$cpu_count"

step 'a setting that the scheduler takes over when it is attached'
write_config "cell-parent-cgroup = \"/$slice\"" 'enable-llc-awareness = true'
began=$(now_ms)
systemctl reload "$unit" || fail "systemctl reload: exit status $?"
took=$(($(now_ms) - began))
expect 'the unit' "$(systemctl is-active "$unit")" active
wait_for 5 'the setting is in force' has_llc_awareness
expect 'attached' $(($(</sys/kernel/sched_ext/enable_seq) - seq)) 1
expect_between 'ms that it took, longer than the watchdog waits' "$took" $((watchdog_s * 1000)) 240000
expect_between 'ms of it without the scheduler, as the next one was loaded beside it' "$(away_ms)" \
    1 $((took / 2))
expect 'the same daemon' "$(show MainPID) $(show NRestarts)" "$service_pid 0"
wait_for 10 'a.service has a cell' has_cell a.service
wait_for 20 'every thread is at home again' all_at_home a.service
drop_cell a.service
drop_cell b.service
expect_quiet_kernel
