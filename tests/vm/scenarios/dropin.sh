#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# For upstream's users: scx_mitosis in the foreground with a command line of upstream's, its phrases
# on standard error, --monitor as a client of it, pkill by its name. Without a configuration file.
# shellcheck source=tests/vm/scenarios/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

readonly log=$scenario_dir/log
readonly statistics=$scenario_dir/statistics

kernel_is() { [[ $(<"$kernel_state") == "$1" ]]; }
says() { grep -qE -- "$1" "$log"; }
runs() { pgrep -x scx_mitosis >/dev/null; }
# The shell takes note of its children's ends by itself.
has_ended() { ! kill -0 "$1" 2>/dev/null; }
samples() { jq -es "length >= $1" "$statistics" >/dev/null 2>&1; }

undo() { pkill -x scx_mitosis; }

# launch OPTION...: in the foreground of a background job, as a script of upstream's does.
launch() {
    # shellcheck disable=SC2024  # the redirection is of this shell on purpose
    scx_mitosis "$@" >"$scenario_dir/output" 2>"$log" &
    scheduler=$!
}

# ended STATUS: the scheduler that was launched has ended so.
ended() {
    local status=0
    wait "$scheduler" || status=$?
    expect 'its exit status' "$status" "$1"
    expect 'the kernel' "$(<"$kernel_state")" disabled
}

# has_level LEVEL: the log has a line of it.
has_level() { grep -qE " $1: " "$log"; }

step 'a version and a refusal, in upstream'\''s words'
scx_mitosis --version | grep -E '^scx_mitosis [0-9]+\.' >/dev/null || fail 'scx_mitosis --version'
scx_mitosis --enable-work-stealing 2>"$log" && fail 'work stealing without LLC awareness'
says 'enable-llc-awareness' || fail "the refusal says: $(<"$log")"
ok "the refusal says: $(<"$log")"

step 'started with a command line of upstream'\''s'
rm -f "$config_file"
make_cell a.service 1
SCX_TIMEOUT_MS=20000 launch -v --log-level debug,libbpf=warn --exit-dump-len 65536 \
    --cell-parent-cgroup "/$slice" --cell-exclude 'unwanted.service' --monitor-interval-s 1 \
    --enable-llc-awareness --enable-work-stealing --enable-borrowing --use-lockless-peek \
    --enable-rebalancing --rebalance-threshold 10 --rebalance-cooldown-s 1 --demand-smoothing 0.5 \
    --exiting-task-workaround true --dynamic-affinity-cpu-selection --enable-slice-shrinking \
    --slice-shrink-max-us 4000 --slice-shrink-min-us 500 --reconfiguration-interval-s 10 \
    --rebalance-cpus-interval-s 5 --run-id 4711
wait_for 60 'the kernel runs it' kernel_is enabled
wait_for 10 'it says that it is attached' says 'Attached'
for phrase in 'Created cell 1 for cgroup .*a\.service \(cgid=[0-9]+\)' \
    'Applied initial cell configuration: \[0: [0-9,-]+\] \[1\(a\.service\): [0-9,-]+\]' \
    'scx_mitosis run_id: 4711' 'SCX_TIMEOUT_MS sets the watchdog' \
    'reconfiguration-interval-s is accepted, but does nothing'; do
    says "$phrase" || fail "the log lacks: $phrase"
    ok "the log has: $(grep -m 1 -oE -- "$phrase" "$log")"
done
runs || fail 'no process has the name scx_mitosis'
expect 'on standard output' "$(<"$scenario_dir/output")" ''

step 'cells come, change and go'
make_cell b.service 1
wait_for 10 'b.service was created' says 'Created cell 2 for cgroup .*b\.service'
wait_for 10 'and the config updated' says 'Cell config updated \(1 new, 0 destroyed\): \[0: '
systemctl set-property --runtime b.service AllowedCPUs=0-1
wait_for 10 'the cpuset was noticed' says 'Cpuset change detected, recomputed config: \[0: '
systemctl set-property --runtime b.service AllowedCPUs=
drop_cell b.service
wait_for 10 'b.service was destroyed' says 'Destroyed cell 2 for cgroup .*b\.service'
wait_for 10 'and the config updated' says 'Cell config updated \(0 new, 1 destroyed\): \[0: '

step 'CPUs follow the load'
drop_cell a.service
make_cell a.service $((2 * $(nproc)))
wait_for 30 'CPUs were rebalanced' says 'Rebalanced CPUs.*\[[0-9]+\(a\.service\): '

step 'a second one is refused'
scx_mitosis --cell-parent-cgroup "/$slice" 2>"$scenario_dir/second"
expect 'its exit status' "$?" 69
grep -q 'Another scheduler is attached' "$scenario_dir/second" ||
    fail "the second one says: $(<"$scenario_dir/second")"
expect 'the kernel' "$(<"$kernel_state")" enabled

step '--monitor is a client'
scx_mitosis --monitor 0.5 >"$statistics" 2>"$scenario_dir/client" &
client=$!
wait_for 20 'three samples' samples 3
kill -INT "$client"
wait "$client" || fail "the client ended with $?"
jq -es '.[-1] | .num_cells == 2 and .rebalance_count >= 1 and
    ([.local_q_pct, .cpu_q_pct, .cell_q_pct, .borrowed_pct, .affn_violations_pct, .steal_pct]
        | all(type == "number")) and
    (.cells | length == 2) and
    (.cells | del(.["0"]) | .[] | .num_cpus >= 1 and .util_pct > 0 and
        ([.demand_borrow_pct, .lent_pct, .smoothed_util_pct] | all(type == "number")))' \
    "$statistics" >/dev/null || fail "the statistics: $(jq -s '.[-1]' "$statistics")"
ok 'one JSON object in each interval, with upstream'\''s names'

step 'pkill ends it'
pkill -x scx_mitosis || fail 'pkill found none'
wait_for 60 'it is gone' has_ended "$scheduler"
ended 0
# Sixteen hogs and the kernel's own scheduler make of a start's five seconds most of a minute.
drop_cell a.service

step 'nobody may not start one'
setpriv --reuid nobody --clear-groups --inh-caps=-all --bounding-set=-all \
    scx_mitosis --cell-parent-cgroup "/$slice" 2>"$log"
expect 'its exit status' "$?" 77
says 'Not permitted to attach the scheduler' || fail "the refusal says: $(<"$log")"

step '--monitor and a scheduler in one command'
launch --monitor 1 --cell-parent-cgroup "/$slice"
wait_for 60 'the kernel runs it' kernel_is enabled
printed() { jq -es "length >= $1" "$scenario_dir/output" >/dev/null 2>&1; }
wait_for 20 'three samples on standard output' printed 3
expect 'the kernel' "$(<"$kernel_state")" enabled
jq -es 'all(.num_cells >= 1 and (.cells | has("0")))' "$scenario_dir/output" >/dev/null ||
    fail "the statistics: $(<"$scenario_dir/output")"
pkill -x scx_mitosis || fail 'pkill found none'
wait_for 20 'it is gone' has_ended "$scheduler"
ended 0

step 'type information whose enumerators have 32 bits'
"$(dirname "${BASH_SOURCE[0]}")/half_enums" "$scenario_dir/types" || fail 'half_enums'
make_cell half.service 1
launch --btf-custom-path "$scenario_dir/types" --cell-parent-cgroup "/$slice"
wait_for 60 'the kernel runs it' kernel_is enabled
wait_for 10 'a cell' says 'Created cell [0-9]+ for cgroup .*half\.service'
read_tasks half.service
expect_progress 'a cell with such a scheduler' "${tids[@]:1}"
expect 'the kernel' "$(<"$kernel_state")" enabled
drop_cell half.service
kill -TERM "$scheduler"
wait_for 20 'it is gone' has_ended "$scheduler"
ended 0

step 'errors alone, by RUST_LOG; Control-C ends it'
RUST_LOG=error launch --cell-parent-cgroup "/$slice" --log-level debug
wait_for 60 'the kernel runs it' kernel_is enabled
kill -INT "$scheduler"
wait_for 20 'it is gone' has_ended "$scheduler"
ended 0
! has_level info || fail "the log has more than errors: $(<"$log")"
expect_quiet_kernel
