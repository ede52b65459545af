#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What the verifier says of the BPF object on this kernel: every program loads, no warning, and what
# each costs. Needs mitosis.bpf.o and veristat beside it.
set -u -o pipefail

readonly max_insns=5000 # of one program; far below the kernel's million, so that growth is seen

chmod +x ./veristat
if ! table=$(./veristat -o csv -e prog,verdict,insns,states mitosis.bpf.o 2>said); then
    cat said
    echo "FAIL  veristat could not process the object"
    exit 1
fi

echo "verifier cost on $(uname -r):"
awk -F, '{ printf "%-22s %-9s %8s %8s\n", $1, $2, $3, $4 }' <<<"$table"
rows=$(tail -n +2 <<<"$table")
awk -F, '{ sum += $3 } END { printf "%d instructions verified in %d programs\n", sum, NR }' <<<"$rows"

if grep -v ',success,' <<<"$rows" >refused; then
    echo "FAIL  not every program loads:"
    cat refused
    ./veristat -v -l 1 mitosis.bpf.o 2>&1 | tail -n 60
    exit 1
fi
if [[ -s said ]]; then
    echo "FAIL  libbpf or the verifier had something to say:"
    cat said
    exit 1
fi
if ! awk -F, -v max=$max_insns '$3 > max { print "FAIL  " $1 " costs " $3; bad = 1 } END { exit bad }' \
    <<<"$rows"; then
    exit 1
fi
echo "ok    all programs load, without a warning, none above $max_insns instructions"
