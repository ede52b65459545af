#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Where an idle CPU looks for work first once its own LLC has none: hazard H-LLC4. CPUs of one LLC come
# back while tasks wait in all others; what each of them takes first waited on its own NUMA node. Needs
# two LLCs on a node, and two nodes.
# Usage: hazard_steal.sh; ROUNDS=number overrides the 4 rounds.
# shellcheck source=tests/vm/scenarios/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=tests/vm/scenarios/lib_hazards.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib_hazards.sh"

readonly rounds=${ROUNDS:-4}
readonly moves=$tracing/events/sched/sched_migrate_task
read_layout
((nodes > 1 && llcs >= 2 * nodes)) || fail "$llcs LLCs on $nodes nodes are too few"
# The second LLC, as CPU 0 stays.
mapfile -t comers < <(seq $((cpus / llcs)) $((2 * cpus / llcs - 1)))
hogs=()

undo() {
    ((${#hogs[@]} == 0)) || kill -KILL "${hogs[@]}"
    echo 0 >"$moves/enable"
    echo 0 >"$moves/filter"
    undo_hazards
}

put_comers() {
    local cpu
    for cpu in "${comers[@]}"; do set_online "$cpu" "$1"; done
}

# No hog ran last where CPUs left, so that each that comes there is told as a move.
all_are_away() {
    local pid
    for pid in "${hogs[@]}"; do
        read_task "$pid" || return
        [[ " ${comers[*]} " != *" $task_cpu "* ]] || return
    done
}

# first_moves: "TO FROM" of the first hog that moved to each of the CPUs that came, which alone are traced.
first_moves() {
    awk -v hogs="${hogs[*]}" 'BEGIN { n = split(hogs, list, " "); for (i = 1; i <= n; i++) hog[list[i]] }
        { split("", word); for (i = 1; i <= NF; i++) if (split($i, pair, "=") == 2) word[pair[1]] = pair[2] }
        word["pid"] in hog && !(word["dest_cpu"] in seen) {
            seen[word["dest_cpu"]]; print word["dest_cpu"], word["orig_cpu"] }' "$tracing/trace"
}
all_took() { (($(first_moves | wc -l) == ${#comers[@]})); }

step "the CPUs ${comers[*]} leave and come back while tasks wait in every other LLC"
settings=('enable-llc-awareness = true' 'enable-work-stealing = true' 'watchdog-timeout-ms = 5000')
mount_tracing
begin
for ((i = 0; i < 2 * cpus; i++)); do
    bash -c "$busy_loop" &
    hogs+=($!)
done
filter=$(printf ' || dest_cpu == %s' "${comers[@]}")
echo "${filter# || }" >"$moves/filter" || fail 'no filter'
near=0
for ((round = 0; round < rounds; round++)); do
    put_comers 0
    wait_for 20 'all hogs run elsewhere' all_are_away
    : >"$tracing/trace"
    echo 1 >"$moves/enable"
    put_comers 1
    wait_for 20 'each of the CPUs has taken one' all_took
    echo 0 >"$moves/enable"
    while read -r to from; do
        note "CPU $to took from CPU $from"
        ((from < cpus / nodes)) && near=$((near + 1))
    done < <(first_moves)
done
expect_between "of $((rounds * ${#comers[@]})) that they took first, on their own node" \
    "$near" $((rounds * ${#comers[@]} * 5 / 6)) $((rounds * ${#comers[@]}))
expect_progress 'all of them' "${hogs[@]}"
expect_unharmed 'all in all'
