#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What looks at the running service from outside: mitosisctl in all its commands, the exporter as
# systemd starts it, and the statistics socket that upstream's clients read.
# shellcheck source=tests/vm/scenarios/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

as_nobody() { setpriv --reuid=nobody --regid=nogroup --clear-groups --no-new-privs "$@"; }

# ctl WORD...: mitosisctl as anybody may use it.
ctl() { as_nobody mitosisctl "$@" || fail "mitosisctl $*: exit status $?"; }

# The rest of the words run with a pidfd of the process, whose number is their last one.
# shellcheck disable=SC2016  # for another interpreter
readonly with_pidfd='
use Fcntl;
my ($process, @command) = @ARGV;
my $number = syscall(434, $process + 0, 0); # pidfd_open
open(my $pidfd, "<&=", $number) or die "pidfd of $process: $!";
fcntl($pidfd, F_SETFD, 0) or die "let $number be inherited: $!";
exec @command, $number;'

# cell_by_pidfd PID: the object, as anybody gets it.
cell_by_pidfd() {
    as_nobody perl -e "$with_pidfd" "$1" busctl call "$bus_name" "$root_object" "$bus_name" \
        GetCellByPIDFD h
}

check_processes() {
    local process
    process=$(head -n 1 "$parent/a.service/cgroup.procs")
    expect 'the cell of a process' "$(ctl cell "$process" --json | jq -r .cell.cgroup)" \
        "/$slice/a.service"
    expect 'by its pidfd' "$(cell_by_pidfd "$process")" "o \"$(cell_object a.service)\""
    expect 'of a process outside the cells' "$(cell_by_pidfd $$)" "o \"$root_object/cell/0\""
}

# dump_has PATTERN: the dump has a line of it.
dump_has() { ctl dump | grep -E -- "$1" >/dev/null; }

check_looking() {
    expect 'verify' "$(ctl verify --json | jq '[.findings[].severity] | unique | join(" ")')" '"ok"'
    ctl doctor || fail 'doctor finds a problem'
    dump_has "/$slice/a.service" || fail 'the dump does not name the cell'
    check_processes
    ctl top -b -n 2 -d 1
    expect 'settings' "$(ctl config --diff | sed 's/ *#.*//')" "cell-parent-cgroup = \"/$slice\""
}

check_changing() {
    mitosisctl set monitor-interval-s=0.5 || fail 'mitosisctl set'
    expect 'the override' "$(ctl config --json | jq -r '.overrides[]')" monitor-interval-s
    expect 'the value' "$(ctl config --json | jq '.config["monitor-interval-s"]')" 0.5
    mitosisctl set monitor-interval-s=-1 && fail 'a nonsensical value was taken'
    mitosisctl reset || fail 'mitosisctl reset'
    expect 'no override' "$(ctl config --json | jq -c .overrides)" '[]'
    as_nobody mitosisctl set monitor-interval-s=2
    expect 'exit status for nobody' "$?" 4
}

check_monitor() {
    as_nobody mitosisctl monitor --json -n 1 >"$scenario_dir/events" &
    local monitor=$!
    until [[ -s $scenario_dir/events ]]; do
        make_cell b.service 1
        wait_for 10 'a cell comes' has_cell b.service
        drop_cell b.service
        wait_for 10 'it goes' has_no_cell b.service
    done
    wait "$monitor" || fail 'mitosisctl monitor'
    note "$(<"$scenario_dir/events")"
    jq -e .event "$scenario_dir/events" >/dev/null || fail 'an event is no JSON'
}

check_events() {
    dump_has 'debug-events is off' || fail 'the dump does not say that events are off'
    mitosisctl set debug-events=true --reattach || fail 'mitosisctl set debug-events'
    wait_for 60 'attached anew' has_cell a.service
    wait_for 10 'events in the dump' dump_has '^Event: .*, CPU [0-9]+: '
    local forking
    while sleep 0.2; do :; done & # each sleep is a task that comes
    forking=$!
    as_nobody timeout 60 mitosisctl monitor --json -n 20 >"$scenario_dir/events" ||
        fail 'mitosisctl monitor with events'
    kill "$forking"
    note "$(tail -n 2 "$scenario_dir/events")"
    jq -es 'any(.event == "scheduler-event" and .monotonic_us > 0)' "$scenario_dir/events" \
        >/dev/null || fail 'no event of the scheduler'
    local kernel_dump
    kernel_dump=$(kernel_dump 'event: .*')
    note "$(tail -n 2 <<<"$kernel_dump")"
    grep -qE '^event: [0-9]+ us ago: (a|something) [a-z]+' <<<"$kernel_dump" ||
        fail "the kernel's dump has no event"
}

check_exporter() {
    systemctl start scx-mitosis-exporter.socket || fail 'the socket'
    curl -sS http://127.0.0.1:9967/metrics >"$scenario_dir/metrics" || fail 'no metrics'
    grep "^scx_mitosis_cell_cpus" "$scenario_dir/metrics" || fail 'no cell in the metrics'
    grep -q '^scx_mitosis_up 1$' "$scenario_dir/metrics" || fail 'not up'
    local pid
    pid=$(systemctl show --property=MainPID --value scx-mitosis-exporter.service)
    expect 'its capabilities' "$(sed -n 's/^CapEff:\t//p' "/proc/$pid/status")" 0000000000000000
    [[ $(stat -c %U "/proc/$pid") != root ]] || fail 'it runs as root'
    ok "it runs as $(stat -c %U "/proc/$pid")"
    systemctl stop "$unit"
    expect 'without the service' "$(curl -sS http://127.0.0.1:9967/metrics | grep -v '^#')" \
        'scx_mitosis_up 0'
    systemctl stop scx-mitosis-exporter.socket scx-mitosis-exporter.service
}

check_statistics() {
    ctl monitor --statistics 0.5 -n 2 | jq -es 'length == 2 and .[1].num_cells == 2 and
        (.[1].cells["1"] | .num_cpus > 0 and .util_pct > 0 and .cgroup_path != "")' ||
        fail 'the statistics are not what they should be'
    ok 'upstream statistics over the socket, for anybody'
}

start_service
make_cell a.service 2
wait_for 5 'a cell for the cgroup' has_cell a.service

step 'mitosisctl looks'
check_looking
step 'mitosisctl changes'
check_changing
step 'mitosisctl monitor'
check_monitor
step 'events of the scheduler'
check_events
step 'the statistics socket'
check_statistics
step 'the exporter'
check_exporter
expect_quiet_kernel
