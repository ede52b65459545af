#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What the scheduler tells: each kind of event in the dump and live, with debug-events and not
# without; as much of the kernel's dump as exit-dump-len says; and that a cpu.max is not enforced.
# shellcheck source=tests/vm/scenarios/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=tests/vm/scenarios/lib_hazards.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib_hazards.sh"
# shellcheck source=tests/vm/scenarios/lib_options.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib_options.sh"

readonly own=$((cpu_count - 1)) kinds=(cgroup task move cell config rmdir borrow reclaim steal)

# listen: to what is told live, from now on.
listen() {
    mitosisctl monitor --json >"$scenario_dir/live" &
    listener=$!
    wait_for 10 'mitosisctl listens' hears
}

# hears: anything; a setting that changes is told with all options.
hears() {
    mitosisctl set "rebalance-threshold=$((++threshold))" >/dev/null
    [[ -s $scenario_dir/live ]]
}
threshold=20

hush() { kill "$listener" && wait "$listener" 2>/dev/null; }

# told_live KIND: so far, while listening.
told_live() { grep -qE "\"kind\": ?\"$1\"" "$scenario_dir/live"; }

# take_dump: none when asked too often.
take_dump() { mitosisctl dump >"$scenario_dir/dump" 2>/dev/null; }

dump_has() { grep -qE "^Event: .*, $1, CPU [0-9]+: " "$scenario_dir/dump"; }
is_dumped() { take_dump && dump_has "$1"; }

# expect_told KIND...: a dump has the last events alone, so these must not have been followed by many.
expect_told() {
    local kind
    for kind; do
        wait_for 10 "$kind: in the dump" is_dumped "$kind"
        wait_for 10 "$kind: live" told_live "$kind"
    done
}

expect_untold() {
    local kind
    wait_for 10 'a dump' take_dump
    for kind in "${kinds[@]}"; do
        ! told_live "$kind" || fail "$kind: told"
        ! dump_has "$kind" || fail "$kind: in the dump"
    done
    ok "none of ${kinds[*]} was told"
}

# move_over: a task comes in c, and goes from there to a.
move_over() {
    burn c 1
    wait_for 10 'it is in c' has_begun "${spawned[0]}"
    expect_progress 'one in c' "${spawned[@]}"
    echo "${spawned[0]}" >"$parent/a/cgroup.procs"
    expect_progress 'moved to a' "${spawned[@]}"
}

# work: a has more than its CPUs do, in pieces, and uses the one of cell 0, which has it back for
# everything that this scenario does.
work() {
    pulses a $((2 * cpu_count)) 20000 20000 taskset -c "$(cpu_of a 2)"
    allow "$all_cpus" "${spawned[@]}"
    expect_between 'CPUs that a uses' "$(cpus_used a 2)" $((own / 2)) "$cpu_count"
}

settings=('monitor-interval-s = 0.2' 'enable-llc-awareness = true' 'enable-work-stealing = true'
    'enable-borrowing = true' '[cell."a"]' "min-cpus = $own"
    '[cell."/"]' 'borrow = false') # else each of this scenario's own steps would be such an event
begin
echo +cpu >/sys/fs/cgroup/cgroup.subtree_control # else the kernel tells the scheduler no cgroup
echo +cpu >"$parent/cgroup.subtree_control"
group a
wait_for 10 'a has CPUs' has_cpus a

step 'debug-events off'
listen
group c
move_over
remove c
work
end_spawned 0
hush
expect_untold

step 'debug-events on'
switch debug-events=true
listen
group c
expect_told cgroup config
move_over
expect_told task move cell
remove c
expect_told rmdir
# Whole slices, which leave room for the rare ones among the last events.
burn a $((2 * cpu_count))
expect_told borrow reclaim
end_spawned 0
work
expect_told steal
end_spawned 0
hush

step 'cpu.max'
# quota_told CGROUP: the status has a warning about it, with a reason.
quota_told() {
    mitosisctl status --json | jq -e --arg cgroup "$1" 'any(.warnings[];
        .kind == "cpu-max-not-enforced" and .cgroup == $cgroup and (.reason | test("50000 us")))' \
        >/dev/null
}
quota_not_told() { ! quota_told "$1"; }
expect 'warnings before' "$(mitosisctl status --json | jq -c .warnings)" '[]'
echo '50000 100000' >"$parent/a/cpu.max" || fail 'no cpu.max'
# It is looked for every tenth time, 2 s.
wait_for 10 'cpu.max is told' quota_told "/$slice/a"
echo max >"$parent/a/cpu.max"
wait_for 10 'that it went, too' quota_not_told "/$slice/a"

expect_quiet_kernel

step 'exit-dump-len'
# dump_of LENGTH: how many bytes of the kernel's dump the journal has after an error.
dump_of() {
    local seq since
    settings=('debug-events = true' 'reject-multicpu-pinning = "reject"' "exit-dump-len = $1")
    systemctl stop "$unit"
    start_service >&2
    wait_for 10 'a has CPUs' has_cpus a >&2
    seq=$(</sys/kernel/sched_ext/enable_seq) since=$EPOCHREALTIME
    burn a 1 taskset -c "$(cpu_of a 1),$(cpu_of a 2)"
    wait_for 30 'the kernel has let go' was_ejected >&2
    end_spawned 0
    wait_for 60 'the service is back' attached_since "$seq" >&2
    systemctl reset-failed "$unit"
    journalctl --unit "$unit" --since "@${since%[.,]*}" --output cat |
        sed -n "s/^Kernel's dump: //p" | wc -c
}
was_ejected() { [[ $(<"$kernel_state") != enabled || $(show NRestarts) != 0 ]]; }
short=$(dump_of 4096) long=$(dump_of 65536)
expect_between '4096: bytes in the journal' "$short" 2048 4200
expect_between '65536: bytes in the journal' "$long" 8192 70000
