#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What `./dev demo` shows in the booted machine: two cgroups under load, each on CPUs of its own.
# With --keep the service and the load are left running for whoever gets the console.
# shellcheck source=tests/vm/scenarios/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cpu_count=$(nproc)
keep=${1:-}
# shellcheck disable=SC2034  # clean_up looks at it
demonstration=yes

say() { printf '\n# %s\n' "$*"; }
# show_and_run COMMAND...: as a person would type it.
show_and_run() {
    printf '\n$ %s\n' "$*"
    "$@"
}

# where_tasks_run NAME: how often the busy threads of the cgroup were seen on which CPU.
where_tasks_run() {
    local round tid tids
    read_tasks "$1"
    for ((round = 0; round < 20; round++)); do
        for tid in "${tids[@]}"; do
            is_busy "$tid" && printf '%s\n' "$task_cpu"
        done
    done | sort -n | uniq -c |
        awk -v name="$1" '{ line = line "  CPU " $2 ": " $1 "x" } END { print name ":" line }'
}

say "This machine: $cpu_count CPUs, kernel $(uname -r), no scheduler loaded but the kernel's own"
show_and_run cat "$kernel_state"

# guests_of GUEST HOST: how many busy threads of the first cgroup are on CPUs of the second's cell.
guests_of() {
    local tid tids cpus count=0
    cpus=$(cell_cpus "$2") && read_tasks "$1"
    for tid in "${tids[@]}"; do
        is_busy "$tid" && [[ ,$cpus, == *,$task_cpu,* ]] && count=$((count + 1))
    done
    printf '%s' "$count"
}
has_guests() { (($(guests_of "$1" "$2") > 0)); }
has_no_guests() { ! has_guests "$1" "$2"; }

lends() { [[ $(property "$bus_name" Config) == *'"enable-borrowing" b true'* ]]; }

# print_reclaims BEFORE AFTER: how long it took from asking for a CPU to an own task running on it.
print_reclaims() {
    local reclaims=$(($(number_in "$2" Reclaims) - $(number_in "$1" Reclaims)))
    ((reclaims > 0)) || fail 'no CPU was taken back'
    awk -v n="$reclaims" -v ns="$(($(number_in "$2" ReclaimNSec) - $(number_in "$1" ReclaimNSec)))" \
        -v max="$(number_in "$2" ReclaimMaxNSec)" 'BEGIN {
            printf "%d CPUs taken back, each in %.0f us on average; the longest so far took %.0f us\n",
                n, ns / n / 1000, max / 1000 }'
}

say "Starting the service; every child of /$slice is to have CPUs of its own"
write_config "cell-parent-cgroup = \"/$slice\""
show_and_run cat "$config_file"
show_and_run systemctl start "$unit" || fail 'the service did not start'
show_and_run cat "$kernel_state" /sys/kernel/sched_ext/root/ops

say "Load: two services, $cpu_count busy threads each"
make_cell web.service "$cpu_count"
make_cell batch.service "$cpu_count"
wait_for 10 'web has a cell' has_cell web.service
wait_for 10 'batch has a cell' has_cell batch.service
wait_for 20 'web is busy' has_busy_tasks web.service "$cpu_count"
wait_for 20 'batch is busy' has_busy_tasks batch.service "$cpu_count"
wait_for 10 'every thread of web is at home' all_at_home web.service
wait_for 10 'every thread of batch is at home' all_at_home batch.service

say 'The service while it works, as an administrator sees it'
show_and_run systemctl status "$unit" --no-pager --lines=5

say 'The cells: who owns which CPUs, and how busy they are'
show_and_run mitosisctl cells

say 'The same on D-Bus, for programs'
show_and_run busctl get-property "$bus_name" "$root_object" "$bus_name" State
show_and_run busctl get-property "$bus_name" "$root_object" "$bus_name" Cells
show_and_run busctl introspect "$bus_name" "$(cell_object web.service)" "$bus_name.CellMetrics"

say "Where the threads really run, looked up in /proc: each on its own cell's CPUs"
where_tasks_run web.service
where_tasks_run batch.service

say 'A third service arrives: the CPUs are divided anew'
make_cell guest.service 2
wait_for 10 'guest has a cell' has_cell guest.service
wait_for 10 'guest is busy' has_busy_tasks guest.service 2
wait_for 10 'every thread of web is at home' all_at_home web.service
show_and_run mitosisctl cells
say 'And where their threads run now'
where_tasks_run web.service
where_tasks_run guest.service

say 'The third service leaves, its CPUs go back'
drop_cell guest.service
wait_for 10 'guest has no cell' has_no_cell guest.service
show_and_run mitosisctl status
show_and_run mitosisctl cells

say 'Lending: what a cell leaves idle works for the others until it is wanted back'
show_and_run tee -a "$config_file" <<<'enable-borrowing = true'
show_and_run systemctl reload "$unit" || fail 'the service did not reload'
wait_for 20 'the service lends' lends
say 'web falls idle: its tasks are frozen'
show_and_run systemctl freeze web.service
wait_for 10 "batch works on web's CPUs too" has_guests batch.service web.service
where_tasks_run batch.service
show_and_run mitosisctl cells
before=$(metrics_of web.service)
say 'web wakes, and has its CPUs back'
show_and_run systemctl thaw web.service
wait_for 10 "no thread of batch is left on web's CPUs" has_no_guests batch.service web.service
where_tasks_run web.service
where_tasks_run batch.service
wait_for 10 'the scheduler was asked again' sampled_since web.service "$before"
print_reclaims "$before" "$(metrics_of web.service)"

if [[ $keep == --keep ]]; then
    say 'The service and the load keep running: look around'
    trap - EXIT
    exit
fi

say "Stopping the service: the kernel's own scheduler takes over, the load goes on"
show_and_run systemctl stop "$unit"
show_and_run cat "$kernel_state"
say 'Now the threads run anywhere'
where_tasks_run web.service
