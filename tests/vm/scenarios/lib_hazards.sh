# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# What the scenarios of hazards share: the scheduler with everything on and a short watchdog, cells
# as plain cgroups, and tasks in them. Sourced after lib.sh.

settings=('enable-llc-awareness = true' 'enable-work-stealing = true'
    'enable-borrowing = true' 'dynamic-affinity-cpu-selection = true'
    'enable-slice-shrinking = true' 'use-lockless-peek = true' 'debug-events = true'
    'enable-rebalancing = true' 'watchdog-timeout-ms = 5000')
cpu_count=$(nproc)
own_cgroup=/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)
spawned=()

# without OPTION...: not these.
without() {
    local option
    for option; do settings=("${settings[@]/#$option = */}"); done
}

# begin: the service, and the slice for the cells.
begin() {
    start_service
    systemctl start "$slice" || fail "cannot start $slice"
    expect_seq=$(</sys/kernel/sched_ext/enable_seq)
}

# expect_unharmed WHAT: nothing was restarted, ejected, or complained about.
expect_unharmed() {
    expect "$1: the kernel" "$(<"$kernel_state")" enabled
    expect "$1: attached once" "$(</sys/kernel/sched_ext/enable_seq)" "$expect_seq"
    expect "$1: the same daemon" "$(show MainPID) $(show NRestarts)" "$service_pid 0"
    expect_quiet_kernel
}

# group NAME: a cgroup below the slice, and its cell.
group() {
    mkdir -p "$parent/$1" || fail "mkdir $1"
    wait_for 10 "$1 has a cell" has_cell "$1"
}

# spawn NAME COMMAND...: in the background, in the cgroup from its first instruction on; its process
# id is the last of `spawned`.
spawn() {
    local cgroup=$parent/$1
    shift
    # shellcheck disable=SC2016  # for the inner shell
    bash -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$cgroup" "$@" </dev/null &
    spawned+=($!)
}

readonly busy_loop='while :; do :; done'

# burn NAME COUNT [PREFIX...]: busy tasks, each started through the prefix (taskset, chrt, nice).
burn() {
    local name=$1 count=$2
    shift 2
    while ((count--)); do
        spawn "$name" "$@" bash -c "$busy_loop"
    done
}

# has_begun PID: a task of burn is in its cgroup and past its prefix. What it did before that is
# progress, too.
has_begun() {
    local words
    mapfile -d '' -t words <"/proc/$1/cmdline"
    [[ ${words[2]:-} == "$busy_loop" ]]
}

# end_spawned [COUNT]: kills the tasks spawned, or all but the first COUNT.
end_spawned() {
    local keep=${1:-0}
    ((${#spawned[@]} == keep)) || kill -KILL "${spawned[@]:keep}" 2>/dev/null
    wait "${spawned[@]:keep}" 2>/dev/null
    spawned=("${spawned[@]:0:keep}")
}

has_tasks() { (($(wc -l <"$parent/$1/cgroup.threads") >= $2)); }
is_empty() { ! grep -q 'populated 1' "$parent/$1/cgroup.events"; }

# remove NAME: kills what is inside; the cell ends with the cgroup.
remove() {
    echo 1 >"$parent/$1/cgroup.kill"
    wait_for 10 "$1 is empty" is_empty "$1"
    find "$parent/$1" -depth -type d -exec rmdir {} + || fail "rmdir $1"
    wait_for 10 "$1: the cell is gone" has_no_cell "$1"
}

# ticks TID: what it ran, in clock ticks (10 ms).
ticks() { read_task "$1" && printf '%s' "$task_ticks"; }

# ran_in SECONDS TID...: what each ran in that time, in ticks, one a line.
ran_in() {
    local seconds=$1 tid before=()
    shift
    for tid; do before+=("$(ticks "$tid")"); done
    sleep "$seconds"
    for tid; do
        printf '%s\n' $(($(ticks "$tid") - before[0]))
        before=("${before[@]:1}")
    done
}

# share_of_first: of the numbers on standard input the first, against the mean of the others.
share_of_first() {
    awk 'NR == 1 { first = $1 } NR > 1 { sum += $1; n++ } END { printf "%.3f", first * n / (sum ? sum : 1) }'
}

# least_share: of the numbers on standard input the smallest, against their mean.
least_share() {
    awk 'NR == 1 || $1 < least { least = $1 } { sum += $1 } END { printf "%.3f", least * NR / (sum ? sum : 1) }'
}

# cpus_used NAME SECONDS: CPUs' worth of time the cgroup got.
cpus_used() {
    local usage clock
    usage=$(usage_usec "$1") clock=$(now_ms)
    sleep "$2"
    awk -v u="$(($(usage_usec "$1") - usage))" -v t="$(($(now_ms) - clock))" \
        'BEGIN { printf "%.2f", u / 1000 / t }'
}

attached_since() {
    [[ $(</sys/kernel/sched_ext/enable_seq) != "$1" && $(<"$kernel_state") == enabled ]] &&
        [[ $(property "$bus_name" State) == '"running"' ]] && has_cpus a
}

# set_anew NAME=VALUE...: refused when the scheduler was attached a moment ago.
set_anew() { mitosisctl set "$@" --reattach &>/dev/null; }

# switch NAME=VALUE...: of options that count by attaching the scheduler anew.
switch() {
    local seq
    seq=$(</sys/kernel/sched_ext/enable_seq)
    wait_for 30 "$* is taken" set_anew "$@"
    wait_for 60 'the scheduler is attached anew' attached_since "$seq"
}

wait_max_ms() { printf '%s' $(($(number_in "$(metrics_of "$1")" WaitMaxNSec) / 1000000)); }

# program_of CALLBACK: the id of the program that the kernel calls.
program_of() {
    bpftool --json prog show |
        jq -e ".[] | select(.type == \"struct_ops\" and .name == \"mitosis_$1\") | .id"
}

# set_online CPU 0|1
set_online() { echo "$2" >"/sys/devices/system/cpu/cpu$1/online" || fail "CPU $1: online = $2"; }

undo_hazards() {
    kill -CONT "${service_pid:-$$}" 2>/dev/null
    local file
    for file in /sys/devices/system/cpu/cpu[1-9]*/online; do echo 1 >"$file"; done
}
undo() { undo_hazards; }

# ---- conditions ----

has_cpus() {
    local name
    for name; do
        [[ $(cell_cpus "$name") ]] || return 1
    done
}

# task_at_home TID NAME: it was last on a CPU of the cell.
task_at_home() { read_task "$1" && [[ ,$(cell_cpus "$2"), == *,$task_cpu,* ]]; }

cell_has() { [[ $(cell_cpus "$1") == "$2" ]]; }

# cell_within NAME LIST: all its CPUs are of the list.
cell_within() {
    local cpu cpus
    cpus=$(cell_cpus "$1") && [[ $cpus ]] || return
    for cpu in ${cpus//,/ }; do
        [[ ,$2, == *,$cpu,* ]] || return 1
    done
}

cell_count_is() { [[ $(property "$bus_name" CellCount) == "$1" ]]; }

# has_instance_besides NAME INSTANCE
has_instance_besides() {
    local instance
    instance=$(property "$bus_name.Cell" InstanceId "$(cell_object "$1")") && [[ $instance != "$2" ]]
}

# owned_up_to CPU: each CPU up to this one has one owner, and no other one has.
owned_up_to() {
    [[ $(cells | cut -d ' ' -f 3 | tr , '\n' | grep . | sort -n | paste -sd,) == $(seq -s, 0 "$1") ]]
}

all_cpus_owned() { owned_up_to $((cpu_count - 1)); }
