#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What the kernel's sched_ext selftests check of a scheduler, of the service: it comes and goes in a
# loop and leaves nothing behind, while CPUs come and go, too; a real-time hog does not end it; the
# kernel's deadline bandwidth is what it was.
# Usage: selftests.sh [--long]; 2 rounds of a loop, or 100 with --long.
# shellcheck source=tests/vm/scenarios/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=tests/vm/scenarios/lib_hazards.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib_hazards.sh"

rounds=2
[[ ${1:-} != --long ]] || rounds=100
readonly rounds last=$((cpu_count - 1))
readonly dl_debug=/sys/kernel/debug/sched/debug
undo() {
    [[ ! ${toggler:-} ]] || kill "$toggler" 2>/dev/null
    set_online "$last" 1
    [[ ! -s $scenario_dir/new ]] || note "left in the kernel: $(<"$scenario_dir/new")"
    [[ ! -s $scenario_dir/grown ]] || note "memory before and after: $(<"$scenario_dir/grown")"
}

# bpf_objects: "KIND ID NAME" of the programs, maps and links of any kind that the kernel holds, but for
# what systemd attaches to cgroups, which is named sd_. A number is never given again.
bpf_objects() {
    local kind
    for kind in prog map link; do
        bpftool --json "$kind" list | jq -r --arg kind "$kind" \
            '.[] | select(.name // "" | startswith("sd_") | not) | "\($kind) \(.id) \(.name // .type)"'
    done | sort
}
# holds_nothing_new FILE: that is not in FILE; when the rest of what is released goes is the kernel's to say.
holds_nothing_new() { bpf_objects | comm -13 "$1" - >"$scenario_dir/new" && [[ ! -s $scenario_dir/new ]]; }

# slabs: bytes of all objects in them that are in use, which the kernel only knows when no CPU keeps
# free ones for itself.
slabs() {
    local shrink
    echo 3 >/proc/sys/vm/drop_caches
    for shrink in /sys/kernel/slab/*/shrink; do echo 1 >"$shrink"; done
    awk 'NR > 2 { bytes += $2 * $4 } END { printf "%d", bytes }' /proc/slabinfo
}

# memory: "WHAT BYTES", of programs and maps, of all that is kept for each CPU, and in slabs.
memory() {
    local kind
    for kind in prog map; do
        printf '%s %s\n' "$kind" "$(bpftool --json "$kind" list | jq '[.[].bytes_memlock] | add')"
    done
    awk '/^Percpu:/ { print $1, 1024 * $2 }' /proc/meminfo
    printf 'slabs %s\n' "$(slabs)"
}

# holds_no_more FILE: than FILE says, but for what rounding up to pages and other processes come to.
holds_no_more() {
    memory >"$scenario_dir/memory"
    awk 'NR == FNR { before[$1] = $2; next }
        $2 > 1.05 * before[$1] + 64 * 1024 { print $1, before[$1], $2; more = 1 }
        END { exit more }' "$1" "$scenario_dir/memory" >"$scenario_dir/grown"
}

# total_bw: the deadline bandwidth in use, of each CPU.
total_bw() { grep -o 'dl_bw->total_bw.*' "$dl_debug"; }

restart() {
    systemctl start "$unit" || fail "round $1: start"
    [[ $(<"$kernel_state") == enabled ]] || fail "round $1: not enabled"
    systemctl stop "$unit" || fail "round $1: stop"
    [[ $(<"$kernel_state") == disabled ]] || fail "round $1: still enabled"
    systemctl reset-failed
}

toggle() {
    while :; do
        echo 0 >"/sys/devices/system/cpu/cpu$last/online"
        sleep 0.2
        echo 1 >"/sys/devices/system/cpu/cpu$last/online"
        sleep 0.2
    done
}

is_running() { [[ $(property "$bus_name" State) == '"running"' && $(<"$kernel_state") == enabled ]]; }

mountpoint -q /sys/kernel/debug || mount -t debugfs debugfs /sys/kernel/debug || fail debugfs
write_config "cell-parent-cgroup = \"/$slice\"" "${settings[@]}"
systemctl start "$slice"
mkdir -p "$parent/a"
# Loading a program takes one of the two cores of the host for seconds as it is.
burn a 1

step "$rounds times started and stopped, under load"
bpf_objects >"$scenario_dir/held"
restart 0 # what the first start makes for good, such as the bus's own
wait_for 20 'of its programs, maps and links none is left' holds_nothing_new "$scenario_dir/held"
bandwidth=$(total_bw)
memory >"$scenario_dir/memory-before"
[[ $bandwidth ]] || fail "no deadline bandwidth in $dl_debug"
for ((round = 1; round <= rounds; round++)); do restart "$round"; done
wait_for 20 'nor of those after it' holds_nothing_new "$scenario_dir/held"
wait_for 20 'and no memory is lost' holds_no_more "$scenario_dir/memory-before"
while read -r line; do note "memory: $line"; done <"$scenario_dir/memory"
expect 'deadline bandwidth' "$(total_bw)" "$bandwidth"
expect_progress 'with the kernel in charge' "${spawned[@]}"

step 'started and stopped while a CPU comes and goes'
toggle &
toggler=$!
for ((round = 1; round <= rounds / 2; round++)); do
    systemctl start "$unit" || fail "round $round: start"
    # A CPU that it has not seen makes it attach anew, which here may take most of a minute.
    wait_for 90 "round $round: it runs" is_running
    systemctl stop "$unit" || fail "round $round: stop"
    systemctl reset-failed
done
kill "$toggler" && wait "$toggler" 2>/dev/null
echo 1 >"/sys/devices/system/cpu/cpu$last/online"
expect 'the kernel' "$(<"$kernel_state")" disabled
expect_progress 'with the kernel in charge' "${spawned[@]}"

step 'real-time hogs on every CPU of a cell, for longer than the watchdog waits'
hogs=()
start_service
expect_seq=$(</sys/kernel/sched_ext/enable_seq)
wait_for 10 'the cell is there' has_cell a
burn a 2
cpus=$(cell_cpus a)
for cpu in ${cpus//,/ }; do
    chrt --fifo 50 taskset -c "$cpu" bash -c 'while :; do :; done' &
    hogs+=($!)
done
remember "${spawned[@]}" >"$scenario_dir/hogged"
sleep 8
progressed "$scenario_dir/hogged" || fail 'a task of the cell did not run in 8 s'
ok "all ${#spawned[@]} tasks of the cell ran beside hogs on CPUs $cpus"
kill -KILL "${hogs[@]}"
wait "${hogs[@]}" 2>/dev/null
expect_unharmed 'after the hogs'
