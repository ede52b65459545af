#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# L1, L5, L10, H-LLC3 of tests/vm/hazards.md, where CPUs leave: who waited for one goes on elsewhere
# at once, though everybody else idles, and cell 0 may lose its only CPU in an LLC that was all it
# ever had.
# shellcheck source=tests/vm/scenarios/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=tests/vm/scenarios/lib_hazards.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib_hazards.sh"

readonly last=$((cpu_count - 1))

root_cpus() { cells | awk '$2 == "/" { print $3 }'; }

# Nobody may help who is not meant to: what is idle below stays idle until it is kicked.
without enable-rebalancing enable-borrowing enable-work-stealing dynamic-affinity-cpu-selection
settings+=('[cell."/"]' "cpus = \"$last\"" '[cell."a"]' "min-cpus = $last")
systemctl start "$slice" || fail "cannot start $slice"
mkdir -p "$parent/a" # before the service: cell 0 never has more than one CPU
begin
wait_for 10 'a has a cell' has_cell a
expect 'the CPU of cell 0' "$(root_cpus)" "$last"

step 'L5 L10 H-LLC3: cell 0 loses its only CPU'
for _ in 1 2; do
    (while :; do :; done) &
    spawned+=($!)
done
expect_progress 'with it' "${spawned[@]}"
set_online "$last" 0
expect_progress 'without it' "${spawned[@]}"
wait_for 10 'what is left has owners' owned_up_to $((last - 1))
set_online "$last" 1
wait_for 10 'all have owners again' owned_up_to "$last"
expect_progress 'with it again' "${spawned[@]}"
end_spawned 0
expect_unharmed 'cell 0'

# Whichever CPU cell 0 has kept: two of a's, neither of them CPU 0.
away=$(cell_cpus a | cut -d , -f "$last") other=$(cell_cpus a | cut -d , -f $((last - 1)))
step "L1: one waits for CPU $away, which leaves, and may run on CPU $other, which idles"
burn a 2 taskset -c "$away"
waiter=${spawned[1]}
expect_progress "both on CPU $away" "${spawned[@]}"
taskset -pc "$other,$away" "$waiter" >/dev/null || fail "taskset $waiter"
set_online "$away" 0
expect_progress "on CPU $other" "$waiter"
wait_for 10 'a later sample' sampled_since a "$(metrics_of a)"
# Two slices and what the kernel takes to remove a CPU; nobody who waits for chance is that lucky.
expect_between 'the longest wait in a, ms' "$(wait_max_ms a)" 0 1000
set_online "$away" 1
wait_for 10 'all have owners again' owned_up_to "$last"
end_spawned 0
expect_unharmed 'the end'
