#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Three ways to end: systemctl stop gives the kernel its scheduler back; losing the message bus
# changes nothing; SysRq-S ends the service for good, with its own exit status.
# shellcheck source=tests/vm/scenarios/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

readonly enable_seq=/sys/kernel/sched_ext/enable_seq
cpu_count=$(nproc)

kernel_is() { [[ $(<"$kernel_state") == "$1" ]]; }
name_is_there() { property "$bus_name" State >/dev/null; }
name_is_gone() { ! name_is_there; }
unit_is() { [[ $(show ActiveState) == "$1" ]]; }
bus_process() { systemctl show --property=MainPID --value dbus.service; }
has_new_bus() { [[ $(bus_process) != "$1" && $(bus_process) != 0 ]]; }

go_on() {
    # shellcheck disable=SC2046  # a list of numbers
    expect_progress "$1" $(busy_tasks a.service)
}

# Whoever calls would start it again; systemctl and systemd do without it.
kill_bus() {
    old_bus=$(bus_process)
    systemctl mask --runtime --quiet dbus.service || fail 'cannot mask the bus'
    systemctl kill --signal=KILL dbus.service || fail 'cannot kill the bus'
    wait_for 10 'there is no bus' name_is_gone
}

start_bus() {
    systemctl unmask --runtime --quiet dbus.service
    systemctl restart dbus.socket dbus.service || fail 'cannot start the bus'
    wait_for 10 'the bus is a new process' has_new_bus "$old_bus"
}

undo() { systemctl unmask --runtime --quiet dbus.service; }

# cpus_of NAME: where its busy tasks were last, one a line.
cpus_of() {
    local tid tids
    read_tasks "$1"
    for tid in "${tids[@]}"; do is_busy "$tid" && printf '%s\n' "$task_cpu"; done | sort -u
}

# run_apart NAME NAME: both run, and on no CPU tasks of both.
run_apart() {
    cpus_of "$1" >"$scenario_dir/one" && cpus_of "$2" >"$scenario_dir/other"
    [[ -s $scenario_dir/one && -s $scenario_dir/other ]] &&
        [[ -z $(comm -12 "$scenario_dir/one" "$scenario_dir/other") ]]
}

# owns_cpus NAME: the cgroup's cell does, by the scheduler's own records, which need no bus.
owns_cpus() {
    bpftool --json map dump name cells | jq -e --argjson cgroup "$(stat -c %i "$parent/$1")" \
        'any(.[].formatted.value; .cgroup == $cgroup and .nr_cpus > 0)' >/dev/null
}

check_unmoved() {
    expect 'still attached' "$(<"$kernel_state")" enabled
    expect 'attached once' "$(<"$enable_seq")" "$seq"
    expect 'the same daemon' "$(show MainPID)" "$service_pid"
}

start_service
make_cell a.service "$cpu_count"
wait_for 15 'a.service is busy' has_busy_tasks a.service "$cpu_count"
wait_for 10 'a.service: every thread has reached its cell' all_at_home a.service

step 'systemctl stop'
systemctl stop "$unit" || fail 'systemctl stop'
expect 'the kernel' "$(<"$kernel_state")" disabled
expect 'how it ended' "$(show Result) $(show ExecMainStatus)" 'success 0'
wait_for 5 'the bus name is gone' name_is_gone
go_on 'under the default scheduler'

step 'start again'
start_service
wait_for 5 'a.service has a cell' has_cell a.service
wait_for 10 'a.service: every thread has reached its cell' all_at_home a.service

step 'the message bus is killed'
seq=$(<"$enable_seq")
kill_bus
go_on 'without the bus'
mkdir "$parent/meanwhile" || fail 'mkdir'
(while :; do :; done) &
echo $! >"$parent/meanwhile/cgroup.procs"
wait_for 10 'a cgroup that comes meanwhile has CPUs of its own' owns_cpus meanwhile
wait_for 10 'and runs there' run_apart meanwhile a.service
check_unmoved

step 'the message bus is started again'
start_bus
wait_for 15 'the bus name is back' name_is_there
expect 'State' "$(property "$bus_name" State)" '"running"'
wait_for 5 'a.service is shown again' has_cell a.service
has_cell meanwhile || fail 'the cell that came meanwhile is not shown'
make_cell b.service 1
wait_for 5 'a new cell shows on the new bus' has_cell b.service
check_unmoved

step 'SysRq-S'
expect_quiet_kernel
echo S >/proc/sysrq-trigger
wait_for 10 'the kernel lets go' kernel_is disabled
wait_for 10 'the unit has failed' unit_is failed
expect 'how it ended' "$(show Result) $(show ExecMainStatus)" 'exit-code 79'
# A unit that is to be restarted would be "activating (auto-restart)" now.
expect 'not to be restarted' "$(show SubState) $(show NRestarts)" 'failed 0'
go_on 'after the emergency stop'
expect 'still the default scheduler' "$(<"$kernel_state")" disabled
