#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The machine is as tests/vm/run was asked for it (vm.layout on the kernel's command line), and the
# service and mitosisctl see its NUMA nodes, LLCs and threads of cores as the kernel does.
# shellcheck source=tests/vm/scenarios/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

readonly devices=/sys/devices/system
read_layout

# groups NUMBER: the CPU lists of so many equal parts of the machine, in order, one a line.
groups() {
    local first size=$((cpus / $1))
    for ((first = 0; first < cpus; first += size)); do
        if ((size == 1)); then echo "$first"; else echo "$first-$((first + size - 1))"; fi
    done
}

# group_of CPU NUMBER: the number of the CPU's part.
group_of() { echo $(($1 / (cpus / $2))); }

# lists FILE…: the different CPU lists in them, in order, one a line.
lists() { sort --unique --version-sort "$@"; }

# last_caches: the files that tell who shares the last cache of each CPU.
last_caches() {
    local cpu
    for cpu in "$devices"/cpu/cpu[0-9]*; do
        printf '%s\n' "$cpu"/cache/index*/shared_cpu_list | sort --version-sort | tail -n 1
    done
}

# llcs_of CPUS: LLCs that the CPUs lie in, both as "0,1,2".
llcs_of() {
    local cpu
    for cpu in ${1//,/ }; do group_of "$cpu" "$llcs"; done | sort -nu | paste -sd,
}

step "asked for: $cpus CPUs, $llcs LLCs, $threads threads a core, $nodes nodes"
expect 'CPUs online' "$(nproc)" "$cpus"
expect 'nodes' "$(lists "$devices"/node/node*/cpulist)" "$(groups "$nodes")"
mapfile -t files < <(last_caches)
expect 'LLCs' "$(lists "${files[@]}")" "$(groups "$llcs")"
expect 'cores' "$(lists "$devices"/cpu/cpu[0-9]*/topology/thread_siblings_list)" \
    "$(groups $((cpus / threads)))"

step 'the service and mitosisctl see the same'
start_service
systemctl start "$slice"
for name in a b; do
    mkdir "$parent/$name"
    wait_for 10 "$name has a cell" has_cell "$name"
done
mapfile -t cores < <(groups $((cpus / threads)))
for ((cpu = 0; cpu < cpus; cpu++)); do
    said=$(mitosisctl plan --live --explain "$cpu") || fail "plan --explain $cpu: $said"
    expect 'mitosisctl' "${said%%:*}" "CPU $cpu (LLC $(group_of "$cpu" "$llcs"), threads of its core \
${cores[$((cpu / threads))]}, node $(group_of "$cpu" "$nodes"))"
done
mapfile -t seen < <(mitosisctl cells --json |
    jq -r '.cells[] | "\(.id) \(.cpus | join(",")) \(.llcs | join(","))"')
expect 'cells' "${#seen[@]}" 3
for line in "${seen[@]}"; do
    read -r id owned reported <<<"$line"
    expect "LLCs of cell $id, with CPUs $owned" "$reported" "$(llcs_of "$owned")"
done
