#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A restart of the service leaves no gap: the scheduler stays attached, cells keep ids, instances and
# CPUs, counters go on. It does leave one, and says why, where another scheduler is wanted or the
# service was not well; and all of it ends with the restarts. That systemctl stop detaches is told by
# stop.sh.
# shellcheck source=tests/vm/scenarios/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

readonly enable_seq=/sys/kernel/sched_ext/enable_seq
readonly handover_id=cd02d0a91aa64003bd1a7646ddc7cedb
readonly drop_in=/run/systemd/system/$unit.d/handover.conf
settings=('monitor-interval-s = 0.5')

kernel_is() { [[ $(<"$kernel_state") == "$1" ]]; }
unit_is() { [[ $(show ActiveState) == "$1" ]]; }
is_another_process() { [[ $(show MainPID) != 0 && $(show MainPID) != "$1" ]] && unit_is active; }
has_record() {
    journalctl --unit "$unit" --invocation 0 --output cat MESSAGE_ID="$handover_id" |
        grep -xF "$1" >/dev/null
}
says() { journalctl --unit "$unit" --invocation 0 --output cat | grep -F "$1" >/dev/null; }
keeps_nothing() { [[ $(show NFileDescriptorStore) == 0 ]]; }
undo() {
    rm -f "$drop_in"
    systemctl daemon-reload
}

# identities: of each cell its id, cgroup, CPUs and the number that is never used again.
identities() {
    local id rest
    while read -r id rest; do
        printf '%s %s %s\n' "$id" "$rest" \
            "$(property "$bus_name.Cell" InstanceId "$root_object/cell/$id")"
    done < <(cells)
}

# look: what a restart must not change, and what may only grow.
look() {
    seq=$(<"$enable_seq") pid=$(show MainPID)
    attached_at=$(property "$bus_name" AttachTimestampMonotonic)
    generation=$(property "$bus_name" ConfigGeneration)
    identities >"$scenario_dir/before"
    used=$(number_in "$(metrics_of a.service)" CPUUsageNSec)
    [[ $used && -s $scenario_dir/before ]] || fail 'there is nothing to compare with'
}

# start_took: from the start of the process to its being ready.
start_took() {
    local began ready
    began=$(show ExecMainStartTimestampMonotonic) ready=$(show ActiveEnterTimestampMonotonic)
    printf '%s ms' $(((ready - began) / 1000))
}

check_went_on() {
    expect 'enable_seq' "$(<"$enable_seq")" "$seq"
    expect 'the kernel' "$(<"$kernel_state")" enabled
    wait_for 10 'the journal has a record of the handover' has_record \
        "Went on with $(</sys/kernel/sched_ext/root/ops), which was attached, generation $generation"
    expect 'AttachTimestampMonotonic' "$(property "$bus_name" AttachTimestampMonotonic)" "$attached_at"
    expect 'attachments by this process' \
        "$(number_in "$(property "$bus_name" Metrics)" AttachCount)" 0
    note "ready after $(start_took)"
}

check_cells() {
    identities >"$scenario_dir/after"
    diff "$scenario_dir/before" "$scenario_dir/after" || fail 'the cells are not what they were'
    ok "$(wc -l <"$scenario_dir/after") cells with the ids, instances and CPUs they had"
}

# check_counters: one thread on the cell's CPUs cannot have used more than one CPU since.
check_counters() {
    local metrics first share
    metrics=$(metrics_of a.service)
    wait_for 5 'a sample after the first' sampled_since a.service "$metrics"
    first=$(number_in "$metrics" CPUUsageNSec)
    ((first >= used)) || fail "CPU time went back from $used ns to $first ns"
    ok "CPU time went on from $used ns to $first ns"
    share=$(property "$bus_name.CellMetrics" Utilization "$(cell_object a.service)")
    expect_between 'Utilization' "$share" 0 1.2
}

# check_began_anew WHY: after look; the scheduler is another one, and the journal says why.
check_began_anew() {
    expect 'enable_seq' "$(<"$enable_seq")" $((seq + 1))
    expect 'the kernel' "$(<"$kernel_state")" enabled
    wait_for 10 "the journal says: $1" says "$1"
    note "ready after $(start_took)"
}

restart() {
    systemctl reset-failed "$unit" # its starts are counted
    systemctl restart "$unit" || fail 'systemctl restart'
}

# configure LINE...: besides what all share.
configure() { write_config "cell-parent-cgroup = \"/$slice\"" "${settings[@]}" "$@"; }

# adjust LINE...: the unit.
adjust() {
    mkdir -p "${drop_in%/*}"
    printf '%s\n' "$@" >"$drop_in"
    systemctl daemon-reload
}

start_service
note "ready after $(start_took)"
make_cell a.service 1
make_cell b.service 1
wait_for 15 'a.service has a cell' has_cell a.service
wait_for 15 'b.service has a cell' has_cell b.service
wait_for 10 'a.service: its thread has reached its cell' all_at_home a.service
expect 'the manager has descriptors' "$(($(show NFileDescriptorStore) > 10))" 1

step 'systemctl restart'
look
restart
check_went_on
check_cells
check_counters

step 'SIGKILL, and cgroups that come and go meanwhile'
look
systemctl kill --kill-whom=main --signal=KILL "$unit" || fail 'systemctl kill'
expect_progress 'without a service' "$(busy_tasks a.service)"
expect 'the kernel' "$(<"$kernel_state")" enabled
drop_cell b.service
make_cell c.service 1
wait_for 20 'systemd has started it again' is_another_process "$pid"
expect 'enable_seq' "$(<"$enable_seq")" "$seq"
wait_for 5 'the new cgroup has a cell' has_cell c.service
has_no_cell b.service || fail 'the cell of the cgroup that went is still there'
grep -F "/$slice/a.service" "$scenario_dir/before" | cut -d ' ' -f 1,4 >"$scenario_dir/one"
identities | grep -F "/$slice/a.service" | cut -d ' ' -f 1,4 >"$scenario_dir/other"
diff "$scenario_dir/one" "$scenario_dir/other" || fail 'a.service has another cell'
check_counters

step 'a setting that needs a new attachment'
look
configure 'enable-borrowing = true'
restart
check_began_anew 'it was loaded with other settings'

step 'handover = false'
look
configure 'handover = false'
restart
check_began_anew 'handover is switched off'
wait_for 5 'the manager has no descriptors' keeps_nothing

step 'the watchdog'
configure
adjust '[Unit]' 'StartLimitBurst=2' '[Service]' 'WatchdogSec=6' 'TimeoutAbortSec=1'
restart
look
kill -STOP "$pid" || fail 'cannot stop the process'
wait_for 30 'systemd has started it again' is_another_process "$pid"
check_began_anew 'was not well'

step 'the start limit'
systemctl kill --kill-whom=main --signal=KILL "$unit" || fail 'systemctl kill'
wait_for 20 'the unit has failed' unit_is failed
wait_for 10 'the kernel has its own scheduler' kernel_is disabled
wait_for 5 'the manager has no descriptors' keeps_nothing
expect_quiet_kernel
