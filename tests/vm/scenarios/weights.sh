#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# cpu.weight inside a cell: two cgroups of one cell share its CPUs by their weights, however many
# tasks they hold; a changed weight counts at once.
# shellcheck source=tests/vm/scenarios/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

readonly window=6 many=6 few=3

# fill NAME COUNT: so many busy tasks in a cgroup of the cell.
fill() {
    mkdir "$parent/w/$1"
    bash -c 'echo $$ >"$1/cgroup.procs" && shift && exec bash -c "$@"' _ "$parent/w/$1" \
        "$burn" "$2" &
}

# shares: the CPU time of y in percent of x's, over the window.
shares() {
    local x y
    x=$(usage_usec w/x) y=$(usage_usec w/y)
    sleep "$window"
    awk -v x=$(($(usage_usec w/x) - x)) -v y=$(($(usage_usec w/y) - y)) \
        'BEGIN { printf "%.0f", 100 * y / x }'
}

start_service
step "$many busy tasks in one cgroup of a cell, $few in the other"
mkdir -p "$parent"
echo +cpu >/sys/fs/cgroup/cgroup.subtree_control
echo +cpu >"$parent/cgroup.subtree_control"
mkdir "$parent/w"
echo +cpu >"$parent/w/cgroup.subtree_control"
fill x $many
fill y $few
wait_for 5 'w has a cell' has_cell w
wait_for 15 'x is busy' has_busy_tasks w/x $many
wait_for 15 'y is busy' has_busy_tasks w/y $few

# By tasks it would be 50 %. The emulated machine's CPUs are unequal by chance: 15 % either way.
expect_between 'weights 100 and 100: time of y in percent of x' "$(shares)" 85 115
echo 300 >"$parent/w/x/cpu.weight"
expect_between 'weights 300 and 100: time of y in percent of x' "$(shares)" 27 40
expect_quiet_kernel
