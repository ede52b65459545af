#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Runs in the guest for ./dev bench isolation: the same work under one scheduler after another. Each
# figure is a line "@ {JSON}" on stdout, the rest is for whoever watches.
# Usage: isolation.sh full|quick CONTESTANT...; beside it CONTESTANT.toml is the configuration of the
# service; a contestant without one is the kernel's own scheduler. Also wakeup-probe, verified_insns and lib.sh.
# shellcheck source=tests/vm/scenarios/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# shellcheck disable=SC2034  # clean_up looks at it
demonstration=yes
readonly form=$1 cgroups=(a b c)
cpu_count=$(nproc)
if [[ $form == quick ]]; then
    readonly throughput_runs=1 wakeups=600 counted_wakeups=200
else
    readonly throughput_runs=3 wakeups=1200 counted_wakeups=600
fi

# report MEASURE JSON
report() { printf '@ {"contestant":"%s","measure":"%s","value":%s}\n' "$contestant" "$1" "$2"; }

# in_cgroup NAME COMMAND...
in_cgroup() {
    local cgroup=$parent/$1
    shift
    (echo "$BASHPID" >"$cgroup/cgroup.procs" && exec "$@")
}

# ---- the work; each prints its figure ----

run_pipe() { in_cgroup a perf bench -f simple sched pipe -l "$1"; }

run_hackbench() {
    in_cgroup a hackbench -g 2 -f 5 -l "$1" | sed -n 's/^Time: //p'
}

# Operations per second of CPU-independent time.
run_switch() {
    in_cgroup a stress-ng --switch 2 -t "$1" --metrics 2>&1 |
        sed -nE 's/^.*metrc:.* switch +([0-9]+) +([0-9.]+) .*/\1 \2/p' |
        awk '{ printf "%.1f", $1 / $2 }'
}

run_probe() { in_cgroup a ./wakeup-probe --wakeups "$1"; }

# measure NAME COMMAND...: the figure that the command prints, which must be one.
measure() {
    local name=$1 value
    shift
    value=$("$@") || fail "$contestant: $name: exit status $?"
    [[ $value =~ ^[0-9.]+$|^\{.*\}$ ]] || fail "$contestant: $name printed '$value'"
    report "$name" "$value"
}

# ---- the cost of the BPF programs ----

context_switches() { sed -n 's/^ctxt //p' /proc/stat; }

programs() {
    bpftool prog show -j |
        jq -c '[.[] | select(.type == "struct_ops") |
            {name, ns: (.run_time_ns // 0), calls: (.run_cnt // 0), jited: .bytes_jited}]'
}

# count_programs NAME COMMAND...: what the scheduler's programs cost during the command. Looking at
# the clock costs too, so the command's own figure is not used.
count_programs() {
    local name=$1 before switches
    shift
    [[ -e /sys/kernel/sched_ext/root/ops ]] || return 0
    sysctl -qw kernel.bpf_stats_enabled=1
    before=$(programs)
    switches=$(context_switches)
    "$@" >/dev/null || fail "$contestant: $name"
    switches=$(($(context_switches) - switches))
    report "bpf-$name" "$(jq -cn --argjson before "$before" --argjson after "$(programs)" \
        --argjson switches "$switches" '{$before, $after, $switches}')"
    sysctl -qw kernel.bpf_stats_enabled=0
}

# sum_of_new FILE: the second figures of the lines "ID FIGURE" whose id FILE does not have.
sum_of_new() { awk 'NR == FNR { old[$1]; next } !($1 in old) { sum += $2 } END { print sum + 0 }' "$1" -; }

map_sizes() { bpftool map show -j | jq -r '.[] | "\(.id) \(.bytes_memlock)"'; }

remember_size() {
    ./verified_insns >"$scenario_dir/programs"
    map_sizes >"$scenario_dir/maps"
}

# What the verifier looked at, and the memory of the maps, since remember_size.
report_size() {
    [[ -e /sys/kernel/sched_ext/root/ops ]] || return 0
    report verified-instructions "$(./verified_insns | sum_of_new "$scenario_dir/programs")"
    report map-bytes "$(map_sizes | sum_of_new "$scenario_dir/maps")"
}

# ---- the scheduler ----

cells_are_even() {
    local name
    for name in "${cgroups[@]}"; do
        (($(count_of "$(cell_cpus "$name")") == cpu_count / 4)) || return 1
    done
}

start_contestant() {
    local began
    [[ -e $contestant.toml ]] || return 0
    remember_size
    mkdir -p "${config_file%/*}"
    cp "$contestant.toml" "$config_file"
    began=$(now_ms)
    systemctl start "$unit" || fail "$contestant: the service did not start"
    report start "$(awk -v ms=$(($(now_ms) - began)) 'BEGIN { print ms / 1000 }')"
    report attach "$(awk -v from="$(systemctl show -P ExecMainStartTimestampMonotonic "$unit")" \
        -v to="$(property "$bus_name" AttachTimestampMonotonic)" 'BEGIN { print (to - from) / 1e6 }')"
    wait_for 10 "$contestant: $((cpu_count / 4)) CPUs for each of four cells" cells_are_even
}

stop_contestant() {
    [[ ! -e $contestant.toml ]] || systemctl stop "$unit"
    expect 'no scheduler is loaded' "$(<"$kernel_state")" disabled
}

# ---- the neighbour ----

start_hogs() {
    in_cgroup b stress-ng --cpu "$cpu_count" --cpu-method int64 -t 3600 -q &
    wait_for 20 "$contestant: b is busy" has_busy_tasks b "$cpu_count"
}

stop_hogs() {
    { echo 1 >"$parent/b/cgroup.kill" && wait; } 2>/dev/null # the shell tells of the killed
}

# idle_ticks: "IDLE ALL" of the machine.
idle_ticks() { awk '$1 == "cpu" { print $5 + $6, $2 + $3 + $4 + $5 + $6 + $7 + $8 + $9 }' /proc/stat; }

# probe_among_hogs: and how much of the machine was idle meanwhile.
probe_among_hogs() {
    local before after
    before=$(idle_ticks)
    measure probe-hogs run_probe "$wakeups"
    after=$(idle_ticks)
    report idle-share "$(awk -v before="$before" -v after="$after" 'BEGIN {
        split(before, b); split(after, a); printf "%.4f", (a[1] - b[1]) / (a[2] - b[2]) }')"
}

# ---- one contestant ----

# The first runs pay for the emulator's translation of code that is new to it.
warm_up() {
    run_pipe 2000 && run_hackbench 100 && run_probe 50
} >/dev/null

measure_throughput() {
    local round
    for ((round = 0; round < throughput_runs; round++)); do
        measure pipe run_pipe 15000
        measure hackbench run_hackbench 1500
    done
    [[ $form == quick ]] || measure switch run_switch 3
    count_programs pipe run_pipe 5000
}

measure_isolation() {
    sysctl -qw kernel.sched_schedstats=1
    measure probe-idle run_probe "$wakeups"
    start_hogs
    probe_among_hogs
    if [[ $form != quick || ! -e $contestant.toml ]]; then
        measure probe-fifo chrt -f 50 bash -c "echo \$\$ >$parent/a/cgroup.procs &&
            exec ./wakeup-probe --wakeups $wakeups"
    fi
    count_programs hogs run_probe "$counted_wakeups"
    stop_hogs
    sysctl -qw kernel.sched_schedstats=0
}

prepare() {
    local name
    systemctl start "$slice" || fail "$slice did not start"
    echo +cpu >/sys/fs/cgroup/cgroup.subtree_control
    echo +cpu >"$parent/cgroup.subtree_control"
    for name in "${cgroups[@]}"; do
        mkdir "$parent/$name" || fail "mkdir $name"
    done
    chmod +x ./wakeup-probe ./verified_insns
}

shift
prepare
for contestant; do
    step "$contestant, $(cut -d ' ' -f 1 /proc/uptime) s after boot"
    start_contestant
    warm_up
    report_size
    measure_throughput
    measure_isolation
    stop_contestant
done
step "done, $(cut -d ' ' -f 1 /proc/uptime) s after boot"
expect_quiet_kernel
