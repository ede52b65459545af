#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Rules of lending, on cores with several hardware threads: `exclusive` lends nothing, `lend-cores`
# no CPU of a core on which a task of its own runs, and without `borrow` a cell keeps to its CPUs.
# shellcheck source=tests/vm/scenarios/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=tests/vm/scenarios/lib_hazards.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib_hazards.sh"

readonly window=3

# busy_pct CPU...: of each, one a line, how much of the window anything ran there, in percent.
busy_pct() {
    local cpu at_first=$scenario_dir/stat-first at_last=$scenario_dir/stat-last
    cat /proc/stat >"$at_first"
    sleep "$window"
    cat /proc/stat >"$at_last"
    for cpu; do
        awk -v cpu="cpu$cpu" '$1 == cpu { busy = $2 + $3 + $4; all = busy + $5 + $6 + $7 + $8
            if (NR == FNR) { b = busy; a = all } else printf "%.0f\n", 100 * (busy - b) / (all - a) }' \
            "$at_first" "$at_last"
    done
}

# expect_busy WHAT LOW HIGH CPU...: each of the CPUs.
expect_busy() {
    local what=$1 low=$2 high=$3 pct
    shift 3
    for pct in $(busy_pct "$@"); do expect_between "$what" "$pct" "$low" "$high"; done
}

siblings_of() { tr - , <"/sys/devices/system/cpu/cpu$1/topology/thread_siblings_list"; }
metric() { number_in "$(metrics_of "$1")" "$2"; }
is_sampled() { wait_for 10 'a later sample' sampled_since "$1" "$(metrics_of "$1")"; }

without enable-rebalancing enable-slice-shrinking
# A slice that no owner should wait for.
settings+=('slice-us = 500000' '[cell.cores]' 'lend-cores = true' 'min-cpus = 4' 'cpus = "4-7"'
    '[cell.proud]' 'exclusive = true' '[cell.humble]' 'borrow = false' '[cell."/"]' 'max-cpus = 1')
begin
for name in cores proud humble busy; do group $name; done
IFS=, read -r -a proud < <(cell_cpus proud)
IFS=, read -r -a cores < <(cell_cpus cores)
expect 'CPUs of cores' "${#cores[@]}" 4
first=${cores[0]} sibling=${cores[1]}
expect 'the first two are a core' "$(siblings_of "$first")" "$first,$sibling"
burn busy "$cpu_count"
burn humble 2
is_sampled proud
lent=$(metric proud LentNSec) # to who was there while the CPU changed hands

step 'exclusive: nobody uses its idle CPUs; borrow = false: it uses none of the others'
# What is bound to a CPU may still run there: kernel threads.
expect_busy 'percent of the time that a CPU of proud was busy' 0 10 "${proud[@]}"
expect_busy 'percent of the time that a CPU of cores was busy' 80 100 "${cores[@]}"
is_sampled proud
expect 'ns that proud lent' "$(($(metric proud LentNSec) - lent))" 0
expect 'dispatches of humble on borrowed CPUs' "$(metric humble DispatchBorrowed)" 0
expect_between 'those of busy' "$(metric busy DispatchBorrowed)" 1 1e15

step 'lend-cores: a task of its own on one CPU, for as long as that is so'
burn cores 1 taskset -c "$first"
expect_progress "on $first" "${spawned[@]: -1}"
expect_busy "percent of the time that CPU $sibling was busy, sibling of $first" 0 10 "$sibling"
expect_busy 'percent of the time that a CPU of the other core was busy' 80 100 "${cores[@]:2}"

step 'nobody had asked for the sibling'
burn cores 1 taskset -c "$sibling"
expect_progress "on $sibling" "${spawned[@]: -1}"
expect_busy "percent of the time that CPU $sibling was busy" 80 100 "$sibling"
is_sampled cores
expect_between 'ms that the longest of taking back took, less than a slice' \
    $(($(metric cores ReclaimMaxNSec) / 1000000)) 0 500
end_spawned 0
expect_unharmed 'the end'
