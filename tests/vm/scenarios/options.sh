#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Where a task runs, with each option on and off: enable-llc-awareness, enable-work-stealing,
# dynamic-affinity-cpu-selection, and use-lockless-peek.
# shellcheck source=tests/vm/scenarios/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=tests/vm/scenarios/lib_hazards.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib_hazards.sh"
# shellcheck source=tests/vm/scenarios/lib_options.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib_options.sh"

readonly own=$((cpu_count - 1)) window=2

# llc_queues: how many queues the cell of a has, as the kernel's dump says.
llc_queues() { kernel_dump "cell $(cell_id a) llc [0-9]+: " | wc -l; }

# moves_within: two light sleepers find their CPU in use now and then; in percent how often the
# other one that they woke up on was in the same LLC.
moves_within() {
    local cpu kept
    # In use for a fifth of the time: hardly ever are all CPUs of an LLC.
    for cpu in $(cell_cpus a | tr , ' '); do pulses a 1 2000 8000 taskset -c "$cpu"; done
    kept=${#spawned[@]}
    for cpu in 1 2; do
        spawn a perl -e "$pulse" 200 1000 800 >"$scenario_dir/moves.$cpu"
    done
    wait "${spawned[@]:kept}" || fail 'the sleepers did not end well'
    end_spawned 0
    note "moves, and those within an LLC: $(paste -sd, "$scenario_dir"/moves.*)" >&2
    awk '{ moves += $1; within += $2 }
        END { printf "%.0f", moves < 50 ? -1 : 100 * within / moves }' "$scenario_dir"/moves.*
}

# pile: four busy tasks on one CPU, which then may run on a second one, too.
pile() {
    burn a 4 taskset -c "$(cpu_of a 2)"
    expect_progress 'on one CPU' "${spawned[@]}"
    allow "$(cpu_of a 2),$(cpu_of a 3)" "${spawned[@]}"
}

# expect_pile WHAT LOW HIGH: CPUs that the pile uses.
expect_pile() {
    pile
    expect_between "$1: CPUs that four tasks use which may run on two" "$(cpus_used a "$window")" \
        "$2" "$3"
    end_spawned 0
    count_again a
}

# crowd: as much work as the cell has CPUs, in pieces, which starts in one LLC.
crowd() {
    pulses a $((2 * own)) 5000 5000 taskset -c "$(cpu_of a 2)"
    allow "$all_cpus" "${spawned[@]}"
    # By the emulator's unevenness some CPUs may idle while others have two.
    expect_between 'CPUs that the crowd uses' "$(cpus_used a "$window")" $((own / 2)) "$cpu_count"
    end_spawned 0
    count_again a
}

uses_peek() {
    bpftool prog dump xlated id "$(program_of dispatch)" | grep scx_bpf_dsq_peek >/dev/null
}
uses_no_peek() { ! uses_peek; }

settings=('monitor-interval-s = 0.2' '[cell."a"]' "min-cpus = $own")
begin
group a
wait_for 10 'a has all CPUs but one' has_cpus a
expect 'CPUs of a' "$(count_of "$(cell_cpus a)")" "$own"

step 'nothing on'
expect 'queues of a' "$(llc_queues)" 1
# By chance it is less than a half.
expect_between 'moves within the LLC, in percent' "$(moves_within)" 20 65
expect_pile 'none of the options' 0.8 1.2
wait_for 1 'dispatch does not peek' uses_no_peek

step 'enable-llc-awareness, dynamic-affinity-cpu-selection, use-lockless-peek'
switch enable-llc-awareness=true dynamic-affinity-cpu-selection=true use-lockless-peek=true
expect 'queues of a' "$(llc_queues)" 2
expect_between 'moves within the LLC, in percent' "$(moves_within)" 80 100
private=$(counter a PrivateSteals)
expect_pile 'dynamic-affinity-cpu-selection' 1.6 2.2
expect 'of them stolen' $(($(counter a PrivateSteals) - private)) 0
wait_for 1 'dispatch peeks' uses_peek
crowd
expect 'steals' "$(counter a Steals)" 0

step 'enable-work-stealing'
switch enable-work-stealing=true dynamic-affinity-cpu-selection=false
steals=$(counter a Steals)
crowd
# The pieces of work are some hundred a CPU.
expect_between 'steals' $(($(counter a Steals) - steals)) 20 1e9
private=$(counter a PrivateSteals)
# A CPU that looks for a task on another one does not find it each time.
expect_pile 'enable-work-stealing' 1.3 2.2
expect_between 'of them stolen' $(($(counter a PrivateSteals) - private)) 1 1e9
expect_quiet_kernel
