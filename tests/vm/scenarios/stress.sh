#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Everything on and everything at once: 40 cells with work of every kind, while cgroups, cpusets,
# affinities, weights, policies and CPUs change and cgroups die under forks. Nothing stalls, nothing
# is ejected; the longest waiting time of each cell is printed.
# Usage: stress.sh [--long]; two minutes, or 15 with --long; DURATION=seconds overrides both.
# shellcheck source=tests/vm/scenarios/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=tests/vm/scenarios/lib_hazards.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib_hazards.sh"

duration=120
[[ ${1:-} != --long ]] || duration=900
readonly duration=${DURATION:-$duration} cell_total=40 watchdog_ms=5000

any_of() { shift "$((RANDOM % $#))" && printf '%s' "$1"; }
any_cell() { printf 'cell-%d' $((RANDOM % cell_total)); }
any_tid() {
    local tids
    read_tasks "$1"
    ((${#tids[@]})) && printf '%s' "${tids[RANDOM % ${#tids[@]}]}"
}
any_cpus() {
    local first=$((RANDOM % cpu_count))
    printf '%d-%d' "$first" $((first + RANDOM % (cpu_count - first)))
}

# work NAME COMMAND...: like spawn, at the usual nice value.
work() { spawn "$1" nice -n 19 "${@:2}"; }

# fill NUMBER: each cell gets one kind of work; together they want a few CPUs more than there are.
fill() {
    local name=cell-$1
    case $(($1 % 8)) in
    0) work "$name" stress-ng --quiet --fork 1 ;;
    1) work "$name" stress-ng --quiet --switch 1 --switch-freq 200 ;;
    2) work "$name" stress-ng --quiet --nanosleep 1 --nanosleep-threads 2 ;;
    3) work "$name" bash -c 'while :; do read -r -t 0.05 line; done < <(exec sleep infinity)' ;;
    4) work "$name" chrt --idle 0 bash -c 'while :; do sleep 0.02; done' ;;
    5) work "$name" nice -n $((RANDOM % 20)) bash -c 'while :; do :; done' ;;
    6) work "$name" stress-ng --quiet --affinity 1 --affinity-rand --affinity-sleep 5000000 ;;
    7) if (($1 < 20)); then
        work "$name" stress-ng --quiet --yield 1
    else
        work "$name" bash -c 'while :; do :; done'
    fi ;;
    esac
}

# ---- what changes meanwhile; each is one small step, whose failure by a race is no matter ----

change_cpuset() { any_cpus >"$parent/$(any_cell)/cpuset.cpus"; }
clear_cpuset() { echo '' >"$parent/$(any_cell)/cpuset.cpus"; }
change_weight() { echo $((1 + RANDOM % 10000)) >"$parent/$(any_cell)/cpu.weight"; }
change_affinity() { taskset -pc "$(any_cpus)" "$(any_tid "$(any_cell)")"; }
change_nice() { renice -n $((RANDOM % 40 - 20)) -p "$(any_tid "$(any_cell)")"; }
change_policy() { chrt "$(any_of --idle --other --batch)" -p 0 "$(any_tid "$(any_cell)")"; }
move_task() { any_tid "$(any_cell)" >"$parent/$(any_cell)/cgroup.procs"; }
make_inner() { mkdir "$parent/$(any_cell)/inner" || rmdir "$parent"/cell-*/inner; }
change_cpu() {
    local cpu=$((1 + RANDOM % (cpu_count - 1)))
    echo 0 >"/sys/devices/system/cpu/cpu$cpu/online"
    sleep 0.3
    echo 1 >"/sys/devices/system/cpu/cpu$cpu/online"
}

# empty_and_remove CGROUP: who was still on the way into it is killed, too.
empty_and_remove() {
    while [[ -d $1 ]]; do
        echo 1 >"$1/cgroup.kill"
        sleep 0.05
        rmdir "$1/inner"
        rmdir "$1"
    done
}

# A cgroup of forking tasks is killed and removed, and its place is taken by a new one.
die_forking() {
    local cgroup=$parent/dying-$RANDOM
    mkdir "$cgroup" || return
    # shellcheck disable=SC2016  # for the inner shell
    nice -n 19 bash -c 'echo $$ >"$0/cgroup.procs" || exit
        while :; do for i in {1..10}; do (exec sleep 0.05) & done; wait -n; done' "$cgroup" &
    sleep 0.5
    empty_and_remove "$cgroup"
    wait $!
}

# keep_waits NAME: "CGROUP WAITS MAX_NS" so far, of a cell that takes its figures with it.
keep_waits() {
    local metrics
    metrics=$(metrics_of "$1") || return
    printf '/%s/%s %s %s\n' "$slice" "$1" "$(number_in "$metrics" Waits)" \
        "$(number_in "$metrics" WaitMaxNSec)" >>"$scenario_dir/waits-of-ended"
}

# replace_cell: one of the forty ends with its tasks and comes again.
replace_cell() {
    local number=$((RANDOM % cell_total))
    keep_waits "cell-$number"
    empty_and_remove "$parent/cell-$number"
    mkdir -p "$parent/cell-$number"
    fill "$number"
}

readonly changes=(change_cpuset clear_cpuset change_weight change_affinity change_nice
    change_policy move_task make_inner change_cpu die_forking replace_cell)

change_for() {
    local deadline=$(($(now_ms) + $1 * 1000)) change
    while (($(now_ms) < deadline)); do
        for change in "${changes[@]}"; do
            "$change" &>/dev/null
            done_changes=$((done_changes + 1))
        done
        kernel_runs || fail "the kernel let go after $done_changes changes: $(dmesg | tail -n 3)"
    done
}

kernel_runs() { [[ $(<"$kernel_state") == enabled ]]; }

# print_waits: "CGROUP WAITS MAX_MS" of each cell, with those before it of the same cgroup, the worst
# first; sets worst_ms.
print_waits() {
    mitosisctl metrics --json |
        jq -r '.cells[] | "\(.cgroup) \(.metrics.waits) \(.metrics.wait_max_ns)"' |
        awk '{ waits[$1] += $2 } $3 > max[$1] { max[$1] = $3 }
            END { for (cgroup in waits) print cgroup, waits[cgroup], int(max[cgroup] / 1e6) }' \
            - "$scenario_dir/waits-of-ended" |
        sort -k 3 -n -r >"$scenario_dir/waits" || fail 'mitosisctl metrics'
    while read -r line; do note "waits, longest in ms: $line"; done <"$scenario_dir/waits"
    worst_ms=$(awk 'NR == 1 { print $3 }' "$scenario_dir/waits")
}

# Most cells have no CPU of their own, so their tasks share cell 0's with this script.
renice -n -19 $$ >/dev/null || fail renice
begin
echo '+cpu +cpuset' >/sys/fs/cgroup/cgroup.subtree_control || fail 'no controllers'
echo '+cpu +cpuset' >"$parent/cgroup.subtree_control" || fail 'no controllers'
for ((i = 0; i < cell_total; i++)); do mkdir "$parent/cell-$i" || fail "mkdir cell-$i"; done
wait_for 30 "$cell_total cells" cell_count_is $((cell_total + 1))
for ((i = 0; i < cell_total; i++)); do fill "$i"; done

step "$duration s of changes"
: >"$scenario_dir/waits-of-ended"
done_changes=0
for ((passed = 0; passed < duration; passed += 60)); do
    change_for $((duration - passed < 60 ? duration - passed : 60))
    wait_for 20 "$done_changes changes, and the cells are there" cell_count_is $((cell_total + 1))
done
expect_between 'changes, each kind at least twice' "$done_changes" $((2 * ${#changes[@]})) 1e9

step 'what it came to'
expect_between 'cells that were replaced' "$(wc -l <"$scenario_dir/waits-of-ended")" 1 1e9
{ echo 1 >"$parent/cgroup.kill" && wait; } 2>/dev/null
print_waits
expect_between 'the longest of all waiting times, ms' "$worst_ms" 0 "$watchdog_ms"
expect_unharmed "after $duration s"
