#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Lending: a busy cell uses the CPUs of an idle one, which has them back as soon as it wakes up; two
# busy cells get the same of what a third one lends, however many tasks they have, and what the ones
# borrow is what the other one lends.
# shellcheck source=tests/vm/scenarios/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=tests/vm/scenarios/lib_hazards.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib_hazards.sh"
# shellcheck source=tests/vm/scenarios/lib_options.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib_options.sh"

readonly window=5

# has_reclaimed NAME COUNT: it took back more CPUs than so many.
has_reclaimed() { (($(counter "$1" Reclaims) > $2)); }

# look NUMBER: at the counters of all cells, as they are in one sample.
look() { mitosisctl cells --json >"$scenario_dir/cells.$1" || fail 'mitosisctl cells'; }

# gained NAME KEY: by the cell, between looks 1 and 2.
gained() {
    jq -s --arg cgroup "/$slice/$1" --arg key "$2" \
        '[.[].cells[] | select(.cgroup == $cgroup) | .metrics[$key]] | .[1] - .[0]' \
        "$scenario_dir"/cells.{1,2}
}

# percent X Y: X in percent of Y.
percent() { awk -v x="$1" -v y="$2" 'BEGIN { printf "%.1f", 100 * x / (y ? y : 1) }'; }

settings=()
begin
write_config "cell-parent-cgroup = \"/$slice\"" 'enable-borrowing = true'
systemctl reload "$unit" || fail "reload: $?"
expect 'the unit' "$(systemctl is-active "$unit")" active

step 'one cell idles, the other one is busy'
systemd-run --quiet --collect --unit=idle.service --slice="$slice" sleep infinity
make_cell busy.service "$cpu_count"
wait_for 5 'idle.service has a cell' has_cell idle.service
wait_for 5 'busy.service has a cell' has_cell busy.service
wait_for 15 'busy.service is busy' has_busy_tasks busy.service "$cpu_count"
own=$(count_of "$(cell_cpus busy.service)")
# The rest, cell 0, is nearly idle, too; a tenth is left to it and to the emulator's unevenness.
expect_between "CPUs' worth of time of busy.service, which owns $own" \
    "$(cpus_used busy.service "$window")" \
    "$(awk -v n="$cpu_count" 'BEGIN { print n * 0.85 }')" \
    "$(awk -v n="$cpu_count" 'BEGIN { print n * 1.1 }')"

step 'the idle cell wakes up'
reclaims=$(counter idle.service Reclaims)
awake=$(count_of "$(cell_cpus idle.service)")
systemd-run --quiet --collect --unit=awake.service --slice="$slice" true
bash -c 'echo $$ >"$1/cgroup.procs" && shift && exec bash -c "$@"' _ "$parent/idle.service" \
    "$burn" "$awake" &
wait_for 15 'the idle cell is busy' has_busy_tasks idle.service "$awake"
expect_between "CPUs' worth of time of idle.service, which owns $awake" \
    "$(cpus_used idle.service "$window")" "$(awk -v n="$awake" 'BEGIN { print n * 0.85 }')" "$cpu_count"
wait_for 5 'CPUs were taken back' has_reclaimed idle.service "$reclaims"
metrics=$(metrics_of idle.service)
note "$(number_in "$metrics" Reclaims) CPUs taken back, $(awk \
    -v ns="$(number_in "$metrics" ReclaimNSec)" -v n="$(number_in "$metrics" Reclaims)" \
    'BEGIN { printf "%.0f us each", ns / n / 1000 }') on average"

step 'two busy cells share what a third one lends'
drop_cell busy.service
drop_cell idle.service
one_cpu() { printf '[cell."%s"]\nmax-cpus = 1\n' "$1"; }
write_config "cell-parent-cgroup = \"/$slice\"" 'enable-borrowing = true' '[cell."/"]' \
    'exclusive = true' "$(one_cpu lender)" "$(one_cpu few)" "$(one_cpu many)"
systemctl reload "$unit" || fail "reload: $?"
for name in lender few many; do group "$name"; done
wait_for 10 'each has its CPU' has_cpus lender few many
burn few 2
burn many 20
expect_progress 'all of them' "${spawned[@]}"
count_again few
look 1
sleep $((2 * window)) # some hundred slices
count_again few
look 2
few=$(gained few borrowed_ns) many=$(gained many borrowed_ns) lent=$(gained lender lent_ns)
passed=$((1000 * $(gained lender sampled_monotonic_us)))
# Between two tasks the CPU is nobody's.
expect_between 'CPU time that was lent, in percent of what passed' "$(percent "$lent" "$passed")" \
    80 105
expect_between 'what the cell of 2 tasks got of it, in percent' "$(percent "$few" "$lent")" 35 65
# Each can have the other one's own CPU for the moment between two tasks of that one.
expect_between 'what both got, in percent' "$(percent $((few + many)) "$lent")" 95 105

step 'borrowing off, and on again, of the running scheduler'
seq=$(</sys/kernel/sched_ext/enable_seq)
mitosisctl set enable-borrowing=false >/dev/null || fail 'enable-borrowing=false'
count_again lender
look 1
sleep 2
count_again lender
look 2
expect_between 'us that were lent' $(($(gained lender lent_ns) / 1000)) 0 20000
# lends: since look 1.
lends() {
    look 2
    (($(gained lender lent_ns) > 100000000))
}
mitosisctl set enable-borrowing=true >/dev/null || fail 'enable-borrowing=true'
wait_for 10 'it lends again' lends
expect 'attached meanwhile' $(($(</sys/kernel/sched_ext/enable_seq) - seq)) 0

step 'a CPU is taken back long before the end of a slice'
mitosisctl set slice-us=500000 >/dev/null || fail 'slice-us'
expect_progress 'all of them' "${spawned[@]}"
count_again lender
look 1
spawn lender perl -e "$pulse" 1000 50000
wait_for 20 'it was taken back often' has_reclaimed lender \
    $(($(counter lender Reclaims) + 30))
look 2
# A tick is 4 ms, and an interrupt from one emulated CPU to another may take as long.
expect_between 'us until it was there, on average' \
    "$(percent "$(gained lender reclaim_ns)" $(($(gained lender reclaims) * 100000)))" 1 20000
expect_between 'the longest wait of the lender in ms' "$(wait_max_ms lender)" 0 250
end_spawned 0
expect_quiet_kernel
