#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What the verifier of this kernel makes of the BPF object, as the service loads it: with the default
# options and with every one of them each program loads, and none costs much: what is verified is
# what an administrator waits for. And libbpf has nothing to say of the object. Needs mitosis.bpf.o,
# veristat and verified_insns beside it.
# shellcheck source=tests/vm/scenarios/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=tests/vm/scenarios/lib_hazards.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib_hazards.sh"

readonly with_every_option=("${settings[@]}")

# verified: "INSTRUCTIONS NAME" of each program that came since remember_programs, the costliest
# first, but for what systemd attaches to the unit's cgroup, which is named sd_.
remember_programs() { ./verified_insns >"$scenario_dir/before" || fail 'verified_insns'; }
verified() {
    local names=$scenario_dir/programs
    bpftool --json prog show | jq -r '.[] | "\(.id) \(.name)"' >"$names" || fail 'bpftool prog show'
    ./verified_insns | awk 'FILENAME == ARGV[1] { old[$1]; next }
        FILENAME == ARGV[2] { name[$1] = $2; next }
        !($1 in old) && name[$1] !~ /^sd_/ { print $2, name[$1] }' "$scenario_dir/before" "$names" - | sort -rn
}

# check WHAT MAX MAX_OF_ALL SETTING...: far below the kernel's million, so that growth is seen.
check() {
    local what=$1 max=$2 max_of_all=$3 cost=$scenario_dir/cost
    step "$what"
    settings=("${@:4}")
    remember_programs
    start_service
    verified >"$cost"
    while read -r line; do note "$line"; done <"$cost"
    expect 'programs' "$(wc -l <"$cost")" "$programs"
    expect_between 'instructions verified in the costliest' "$(awk 'NR == 1 { print $1 }' "$cost")" \
        1 "$max"
    expect_between 'instructions verified in all' "$(awk '{ sum += $1 } END { print sum }' "$cost")" \
        1 "$max_of_all"
    systemctl stop "$unit"
}

step 'libbpf'
# Those of the object itself; a struct_ops map has pointers to programs, too.
programs=$(bpftool gen skeleton mitosis.bpf.o | awk '/struct \{$/ { n = 0 }
    /struct bpf_program \*/ { n++ } /\} progs;/ { print n }')
note "${programs:-no} programs"
chmod +x ./veristat ./verified_insns
# One program is enough: the object is read as a whole.
./veristat --output-format csv --emit prog,verdict --filter mitosis_exit mitosis.bpf.o \
    >"$scenario_dir/one" 2>"$scenario_dir/said" || fail "veristat: $(<"$scenario_dir/said")"
expect 'the program' "$(tail -n 1 "$scenario_dir/one")" mitosis_exit,success
expect 'what libbpf or the verifier had to say' "$(<"$scenario_dir/said")" ''

check 'default options' 20000 60000
check 'every option on' 20000 70000 "${with_every_option[@]}"
