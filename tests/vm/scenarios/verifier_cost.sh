#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What the verifier says of the BPF object on this kernel: every program loads, no warning, and what
# each costs, as built and, once the service loads it with every option, in all. Needs mitosis.bpf.o
# and veristat beside it.
# shellcheck source=tests/vm/scenarios/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=tests/vm/scenarios/lib_hazards.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib_hazards.sh"

# Far below the kernel's million, so that growth is seen.
readonly max_insns=25000 max_insns_of_all=150000

chmod +x ./veristat
if ! table=$(./veristat -o csv -e prog,verdict,insns,states mitosis.bpf.o 2>said); then
    cat said
    fail 'veristat could not process the object'
fi

echo "verifier cost on $(uname -r):"
awk -F, '{ printf "%-22s %-9s %8s %8s\n", $1, $2, $3, $4 }' <<<"$table"
rows=$(tail -n +2 <<<"$table")
awk -F, '{ sum += $3 } END { printf "%d instructions verified in %d programs\n", sum, NR }' <<<"$rows"

if grep -v ',success,' <<<"$rows" >refused; then
    ./veristat -v -l 1 mitosis.bpf.o 2>&1 | tail -n 60
    fail "not every program loads: $(<refused)"
fi
[[ ! -s said ]] || fail "libbpf or the verifier had something to say: $(<said)"
if ! awk -F, -v max=$max_insns '$3 > max { print "FAIL  " $1 " costs " $3; bad = 1 } END { exit bad }' \
    <<<"$rows"; then
    exit 1
fi
ok "all programs load, without a warning, none above $max_insns instructions"

step 'with every option on'
start_service
cat "/proc/$service_pid/fdinfo/"* 2>/dev/null |
    awk '/^verified_insns:/ { print $2 }' | sort -n >verified
expect_between 'programs' "$(wc -l <verified)" "$(wc -l <<<"$rows")" 1000
note "the costliest: $(tail -n 1 verified) instructions"
expect_between 'instructions verified in all' "$(awk '{ sum += $1 } END { print sum }' verified)" 1 \
    $max_insns_of_all
