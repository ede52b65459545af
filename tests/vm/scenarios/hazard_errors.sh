#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# An error in a callback of the scheduler, whichever: the kernel's own takes over at once, every task
# goes on, the journal says why, and the service is back by itself. One while a configuration is
# prepared: the one before it stays in force, every part of it.
# Usage: hazard_errors.sh [--long]; in a few callbacks of each kind, or in all with --long.
# shellcheck source=tests/vm/scenarios/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=tests/vm/scenarios/lib_hazards.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib_hazards.sh"

readonly last=$((cpu_count - 1))
callbacks=(dispatch enqueue init_task cgroup_init cpu_offline dump)
[[ ${1:-} != --long ]] || callbacks=(select_cpu enqueue dispatch running stopping tick yield
    set_cpumask enable disable init_task cgroup_init cgroup_exit cgroup_move cgroup_set_weight
    cpu_online cpu_offline dump)
readonly callbacks

# stimulate: calls every callback; that some of it fails under way is no matter.
stimulate() {
    mkdir "$parent/a/inner"
    echo 200 >"$parent/a/inner/cpu.weight"
    stress-ng --quiet --yield 1 --timeout 1 &
    echo $! >"$parent/a/inner/cgroup.procs"
    chrt --fifo -p 1 $!
    chrt --other -p 0 $!
    taskset -pc 0 $!
    echo 0 >"/sys/devices/system/cpu/cpu$last/online"
    echo 1 >"/sys/devices/system/cpu/cpu$last/online"
    wait $!
    rmdir "$parent/a/inner"
    echo D >/proc/sysrq-trigger
}

# was_ejected: also where the service is back already.
was_ejected() { [[ $(<"$kernel_state") != enabled || $(show NRestarts) != 0 ]]; }
was_ejected_by_calls() { was_ejected || { stimulate &>/dev/null; was_ejected; }; }
is_back() {
    [[ $(</sys/kernel/sched_ext/enable_seq) != "$1" && $(<"$kernel_state") == enabled ]] &&
        [[ $(property "$bus_name" State) == '"running"' ]]
}
is_attached() { grep -q attached "$scenario_dir/injected"; }
# has_ended SINCE STATUS: the process of the unit, as systemd logs it.
has_ended() {
    journalctl _PID=1 "UNIT=$unit" "EXIT_STATUS=$2" --since "@$1" --output cat --quiet |
        grep . >/dev/null
}
# says SINCE PATTERN: the unit, in the journal.
says() { journalctl --unit "$unit" --since "@$1" --output cat | grep -E "$2" >/dev/null; }

# inject CALLBACK: it fails from now on, until the injector is ended.
inject() {
    local program
    program=$(program_of "$1") || fail "no program mitosis_$1"
    "$here/fail_in" "$program" "mitosis_$1" >"$scenario_dir/injected" 2>&1 &
    injector=$!
    wait_for 20 "$1 fails from now on" is_attached
}

# check CALLBACK
check() {
    local seq since
    seq=$(</sys/kernel/sched_ext/enable_seq) since=$(date +%s)
    inject "$1"
    wait_for 30 "$1: the kernel has let go" was_ejected_by_calls
    kill "$injector" && wait "$injector" 2>/dev/null
    wait_for 20 "$1: the journal says why" says "$since" injected
    wait_for 20 "$1: the process has ended with 75" has_ended "$since" 75
    expect_progress "$1" "${spawned[@]}"
    wait_for 60 "$1: the service is back" is_back "$seq"
    systemctl reset-failed "$unit" # else the next restarts wait longer and longer
}

# The scheduler's own record of a cell, for which its program that applies can be made to fail: a
# queue that exists, but is recorded as missing, cannot be created.
kernel_cell() { bpftool --json map lookup name cells key "$1" 0 0 0; }
is_free_id() { kernel_cell "$1" | jq -e '.formatted.value.state == 0' >/dev/null; }
# record_queue ID 0|1: whether the cell's patient queue exists, a word of little-endian bytes.
record_queue() {
    local bytes
    mapfile -t bytes < <(kernel_cell "$1" | jq -r '.value[]')
    bytes[8]=$2
    bpftool map update name cells key "$1" 0 0 0 value "${bytes[@]}" || fail "record of cell $1"
    expect "the record of cell $1" "$(kernel_cell "$1" | jq .formatted.value.has_queue)" "$2"
}
is_in_state() { [[ $(property "$bus_name" State) == "\"$1\"" ]]; }

here=$(dirname "${BASH_SOURCE[0]}")
readonly here
begin
echo '+cpu +cpuset' >/sys/fs/cgroup/cgroup.subtree_control
echo '+cpu +cpuset' >"$parent/cgroup.subtree_control"
group a
echo +cpu >"$parent/a/cgroup.subtree_control"
mkdir "$parent/a/busy"
burn a/busy 1 # loading a program takes the host seconds anyway

for callback in "${callbacks[@]}"; do
    step "an error in $callback"
    check "$callback"
done

step 'an error in exit: the scheduler has ended by then, and nothing comes of it'
sysctl --quiet --write kernel.bpf_stats_enabled=1
inject exit
systemctl stop "$unit" || fail 'systemctl stop'
expect 'it was called' "$(bpftool --json prog show name fail_here | jq '.run_cnt // .[].run_cnt')" 1
kill "$injector" && wait "$injector" 2>/dev/null
sysctl --quiet --write kernel.bpf_stats_enabled=0
expect 'how it ended' "$(show Result) $(show ExecMainStatus)" 'success 0'
expect 'the kernel' "$(<"$kernel_state")" disabled
expect_progress 'exit' "${spawned[@]}"

step 'a configuration fails half-way, after a cpuset of it was prepared'
end_spawned 0
without enable-rebalancing enable-borrowing # each CPU serves its owner, and stays where it is
start_service
group a
group first
group second
first=$(cell_id first)
expect "cells of lower ids are prepared later: $first < $(cell_id second)" \
    $((first < $(cell_id second))) 1
remove first
wait_for 10 'the id of first is free' is_free_id "$first"
wait_for 10 'and the daemon knows' sampled_since second "$(metrics_of second)"
record_queue "$first" 0
cpus=$(cells | awk '$1 == 0 { print $3 }' | cut -d , -f 1,2)
kill -STOP "$service_pid" # so that it sees both at once
mkdir "$parent/first" || fail 'mkdir first'
echo "$cpus" >"$parent/second/cpuset.cpus" || fail 'cpuset of second'
kill -CONT "$service_pid"
wait_for 10 'it cannot be applied' is_in_state degraded
rmdir "$parent/first"
echo '' >"$parent/second/cpuset.cpus"
wait_for 10 'there is nothing to apply any more' is_in_state running
record_queue "$first" 1
expect 'the same daemon' "$(show MainPID)" "$service_pid"
# If second could only ever own CPUs 0 and 1, any CPU of second could run this one.
burn second 1 taskset -c "$cpus"
expect_progress "tied to CPUs $cpus, of cell 0" "${spawned[@]}"
expect 'the kernel' "$(<"$kernel_state")" enabled

step 'affinities within a cell, where those are rejected'
systemctl stop "$unit"
end_spawned 0
settings+=('reject-multicpu-pinning = "reject"')
start_service
wait_for 10 'the cell is back' has_cell a
cpu=$(cell_cpus a | cut -d , -f 1)
burn a/busy 1 taskset -c "$cpu"
expect_progress 'one CPU is no matter' "${spawned[@]}"
for name in left right; do group $name; done
echo 0-1 >"$parent/left/cpuset.cpus"
echo 2-4 >"$parent/right/cpuset.cpus"
burn left 1
for _ in {1..20}; do
    for name in right left; do
        echo "${spawned[-1]}" >"$parent/$name/cgroup.procs"
        sleep 0.05
    done
done
expect_progress 'nor are moves between cpusets' "${spawned[@]}"
expect 'the kernel' "$(<"$kernel_state")" enabled
has_skipped() { (($(number_in "$(metrics_of a)" PinSkips) > 0)); }
has_skipped && fail 'a pin was let pass for a cpuset, though none was in motion'
# several_cpus: of which one is a's, which has more than that.
several_cpus() { printf '%s,%s' "$(cell_cpus a | cut -d , -f 1)" "$(cell_cpus right | cut -d , -f 1)"; }
several=$(several_cpus)
# Until the daemon has looked at the changed cpuset, nobody knows whom such an affinity harms.
kill -STOP "$service_pid"
echo 1-2 >"$parent/left/cpuset.cpus"
burn a/busy 1 taskset -c "$several"
wait_for 10 'it has its affinity' has_begun "${spawned[-1]}"
expect_progress 'two CPUs while a cpuset changes' "${spawned[-1]}"
expect 'the kernel' "$(<"$kernel_state")" enabled
end_spawned 2 # once the daemon has looked it would be one too many
kill -CONT "$service_pid"
wait_for 10 'it is counted as let pass' has_skipped
wait_for 10 'the daemon has looked' cell_within left 1,2
expect 'the kernel' "$(<"$kernel_state")" enabled
since=$(date +%s)
burn a/busy 1 taskset -c "$(several_cpus)"
wait_for 20 'two: the kernel has let go' was_ejected
wait_for 20 'the journal says why' says "$since" 'task [0-9]+ of cell [0-9]+ is pinned to several'
end_spawned 0
