#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The service starts, runs with exactly its two capabilities, and shows on the bus what it ships.
# shellcheck source=tests/vm/scenarios/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
here=$(dirname "${BASH_SOURCE[0]}")
readonly attached_id=366aaa04e1aa45bb893c620743aaca9a

# status_field NAME: of the daemon's process.
status_field() { sed -nE "s/^$1:[[:space:]]+([^[:space:]]+).*/\1/p" "/proc/$service_pid/status"; }

check_process() {
    # linux/capability.h: CAP_PERFMON is 38, CAP_BPF is 39.
    local two user set
    two=$(printf '%016x' $(((1 << 38) | (1 << 39))))
    user=$(id -u scx-mitosis) || fail 'there is no user scx-mitosis'
    expect 'runs as user scx-mitosis' "$(status_field Uid)" "$user"
    for set in CapPrm CapEff CapBnd; do
        expect "$set is CAP_BPF and CAP_PERFMON" "$(status_field "$set")" "$two"
    done
    expect 'cannot gain privileges' "$(status_field NoNewPrivs)" 1
    expect 'threads' "$(status_field Threads)" 1
}

# compare_interface INTERFACE OBJECT: live introspection equals the shipped file.
compare_interface() {
    local shipped=/usr/share/dbus-1/interfaces/$1.xml
    [[ -r $shipped ]] || fail "$shipped is not installed"
    busctl introspect --xml-interface "$bus_name" "$2" >"$scenario_dir/live.xml" ||
        fail "cannot introspect $2"
    awk -f "$here/introspection.awk" "$shipped" | sort >"$scenario_dir/shipped"
    awk -f "$here/introspection.awk" "$scenario_dir/live.xml" | grep "^$1 " | sort \
        >"$scenario_dir/live"
    diff "$scenario_dir/shipped" "$scenario_dir/live" || fail "$1: live and shipped XML differ"
    ok "$1 is as shipped: $(wc -l <"$scenario_dir/live") names, types and annotations"
}

as_nobody() { setpriv --reuid=nobody --regid=nogroup --clear-groups --no-new-privs "$@"; }

# refused_to_nobody COMMAND...: the bus or the service says AccessDenied.
refused_to_nobody() {
    local answer
    answer=$(as_nobody "$@" 2>&1) && fail "nobody may: $*"
    [[ $answer =~ [Dd]enied|"not permitted"|privilege|authoriz ]] || fail "nobody: $* says: $answer"
    ok "refused to nobody: ${*: -4}: $answer"
}

check_access() {
    as_nobody busctl get-property "$bus_name" "$root_object" "$bus_name" State >/dev/null ||
        fail 'nobody cannot read State'
    as_nobody mitosisctl status >/dev/null || fail 'nobody cannot use mitosisctl status'
    ok 'nobody can read'
    refused_to_nobody busctl call "$bus_name" "$root_object" "$bus_name" Rebalance 'a{sv}' 0
    refused_to_nobody busctl call "$bus_name" "$root_object" "$bus_name" Reload
    refused_to_nobody busctl set-property "$bus_name" /org/freedesktop/LogControl1 \
        org.freedesktop.LogControl1 LogLevel s debug
    busctl call "$bus_name" "$root_object" "$bus_name" Rebalance 'a{sv}' 1 Force b true ||
        fail 'root: Rebalance'
    busctl call "$bus_name" "$root_object" "$bus_name" Reload || fail 'root: Reload'
    ok 'root may rebalance and reload'
}

# lacks FUNCTION...: the kernel's type information, which is strings among other things, has none of
# the names.
lacks() {
    local name
    for name; do
        ! grep -qazxF -- "$name" /sys/kernel/btf/vmlinux || return
    done
}

# fallback TEXT FUNCTION...: the service says so if, and only if, the kernel has none of these.
fallback() {
    local text=$1 expected=silence found=silence
    shift
    ! lacks "$@" || expected=said
    [[ $fallbacks != *"$text"* ]] || found=said
    expect "of a kernel without $*" "$found" "$expected"
}

check_fallbacks() {
    fallbacks=$(mitosisctl status --json | jq -r '.kernel_fallbacks[]') || fail 'no status'
    note "in force: ${fallbacks:-none}"
    lacks no_such_function || fail 'a name that no kernel has was found'
    lacks scx_bpf_kick_cpu && fail 'a name that every kernel has was not found'
    fallback 'before it ran there' scx_bpf_dsq_move_to_local___v2
    fallback 'without regard to LLCs' __scx_bpf_select_cpu_and scx_bpf_select_cpu_and
    fallback 'written directly' scx_bpf_task_set_slice
    fallback 'are not shortened' scx_bpf_cpu_curr scx_bpf_cpu_rq
    fallback 'read from the hardware' scx_bpf_now
    fallback 'taking a CPU down' sched_cpu_deactivate
    fallback 'changes of cpusets' cpuset_write_resmask
    fallback 'changes of cpuset partitions' cpuset_partition_write
    fallback 'removed cpusets' cpuset_css_offline
}

check_tool() {
    mitosisctl status || fail 'mitosisctl status'
    mitosisctl cells || fail 'mitosisctl cells'
    mitosisctl cells --json >"$scenario_dir/cells.json" || fail 'mitosisctl cells --json'
    # A script in the shell must get at the numbers: valid JSON with both cells in it.
    jq -e . "$scenario_dir/cells.json" >/dev/null || fail 'mitosisctl cells --json is not JSON'
    grep -q "/$slice/a.service" "$scenario_dir/cells.json" || fail 'the cell is not in the JSON'
    mitosisctl status --json | jq -e . >/dev/null || fail 'mitosisctl status --json is not JSON'
    ok 'mitosisctl status and cells, for people and as JSON'
}

# says PATTERN: the service, in the journal.
says() { journalctl --unit "$unit" --invocation 0 --output cat | grep -E "$1" >/dev/null; }

# check_records: they can be asked for by what they are about; ids are those of the catalog.
check_records() {
    local records=$scenario_dir/records
    journalctl --unit "$unit" --invocation 0 --output json MESSAGE_ID="$attached_id" >"$records"
    expect 'records of having attached' "$(jq -r .MESSAGE <"$records")" 'Attached mitosis'
    expect 'cells in the fields of records' \
        "$(journalctl --unit "$unit" --invocation 0 --output json MITOSIS_CGROUP="/$slice/a.service" |
            jq -r .MITOSIS_CELL | sort -u)" "$(cell_id a.service)"
}

check_log_level() {
    systemctl service-log-level "$unit" debug || fail 'service-log-level'
    expect 'log level' "$(systemctl service-log-level "$unit")" debug
    wait_for 10 'the journal has what ticks measure' says '^Measured; cell 0: '
    systemctl service-log-level "$unit" info || fail 'service-log-level back'
}

# status_says PATTERN: the service, to the service manager.
status_says() { [[ $(show StatusText) =~ $1 ]]; }

step 'systemctl start'
start_service
expect 'the scheduler attached' "$(grep -o '^mitosis' /sys/kernel/sched_ext/root/ops)" mitosis
note "STATUS: $(show StatusText)"

step 'the process'
check_process

step 'what is done another way on this kernel'
check_fallbacks

step 'a cgroup appears'
expect 'StateReason' "$(property "$bus_name" StateReason)" '"parent-cgroup-missing"'
make_cell a.service 1
wait_for 5 'a cell for the new cgroup' has_cell a.service
expect 'State' "$(property "$bus_name" State)" '"running"'
expect 'StateReason' "$(property "$bus_name" StateReason)" '""'
wait_for 10 'STATUS= tells of it' status_says \
    '^2 cells on [0-9]+ CPUs, gen [0-9]+, last rebalance [0-9]+s ago; 0 ejections$'
note "STATUS: $(show StatusText)"

step 'the bus'
busctl introspect "$bus_name" "$root_object" || fail 'busctl introspect'
compare_interface "$bus_name" "$root_object"
compare_interface "$bus_name.Cell" "$(cell_object a.service)"
compare_interface "$bus_name.CellMetrics" "$(cell_object a.service)"

step 'mitosisctl'
check_tool

step 'who may do what'
check_access

step 'the journal'
check_records

step 'systemctl service-log-level'
check_log_level
expect_quiet_kernel
