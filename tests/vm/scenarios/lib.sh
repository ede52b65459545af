# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What the scenarios share. Sourced by a script that runs as root in the test guest. Whatever the
# scenario does, clean_up leaves the guest as it was: no cells, the service stopped, its own
# configuration back. Every wait is for a condition and has a deadline.
set -u -o pipefail

readonly bus_name=org.scx.Mitosis
readonly root_object=/org/scx/Mitosis
readonly unit=scx-mitosis.service
readonly slice=work.slice
readonly parent=/sys/fs/cgroup/$slice
readonly config_file=/etc/scx-mitosis/mitosis.toml
readonly kernel_state=/sys/kernel/sched_ext/state
scenario_dir=$(mktemp -d)
readonly scenario_dir

# ---- outcome ----

step() { printf '\n== %s (at %s s)\n' "$*" "$SECONDS"; }
ok() { printf 'ok    %s\n' "$*"; }
note() { printf '      %s\n' "$*"; }
fail() {
    printf 'FAIL  %s\n' "$*"
    systemctl status "$unit" --no-pager --lines=15 || true
    exit 1
}

# expect WHAT ACTUAL EXPECTED
expect() {
    [[ $2 == "$3" ]] || fail "$1: expected '$3', found '$2'"
    ok "$1: $2"
}

# expect_between WHAT ACTUAL LOW HIGH (numbers, may be fractions)
expect_between() {
    awk -v x="$2" -v low="$3" -v high="$4" 'BEGIN { exit !(x >= low && x <= high) }' ||
        fail "$1: $2 is not within $3 .. $4"
    ok "$1: $2 (within $3 .. $4)"
}

# A limit says what is enough on a host of its own; one that has other work is several times slower.
readonly patience=4

# wait_for SECONDS WHAT COMMAND...: until the command succeeds; prints how long that took. The time
# contains the looking, which on a busy emulated machine takes most of a second.
wait_for() {
    local limit=$(($1 * patience)) what=$2 began
    shift 2
    began=$(now_ms)
    until "$@"; do
        (($(now_ms) - began < limit * 1000)) || fail "$what: not within $limit s"
        sleep 0.05
    done
    ok "$what, after $(($(now_ms) - began)) ms"
}

now_ms() { printf '%s' $((${EPOCHREALTIME/[.,]/} / 1000)); }

# ---- service ----

# write_config LINE...: the whole configuration file.
write_config() {
    mkdir -p "${config_file%/*}"
    printf '%s\n' "$@" >"$config_file"
}

settings=() # lines of the configuration besides the parent of the cells

start_service() {
    write_config "cell-parent-cgroup = \"/$slice\"" "${settings[@]}"
    systemctl start "$unit" || fail "systemctl start $unit: exit status $?"
    expect 'the unit' "$(systemctl is-active "$unit")" active
    expect 'the kernel' "$(<"$kernel_state")" enabled
    # shellcheck disable=SC2034  # for the scenarios
    service_pid=$(show MainPID)
}

# show PROPERTY: of the unit, as systemd sees it.
show() { systemctl show --property="$1" --value "$unit"; }

# property INTERFACE NAME [OBJECT]: the value in busctl's notation, without its type.
property() {
    local value
    value=$(busctl get-property "$bus_name" "${3:-$root_object}" "$1" "$2" 2>"$scenario_dir/bus") ||
        return
    printf '%s\n' "${value#* }"
}

# number_in DICTIONARY KEY: a number out of an a{sv} in busctl's notation.
number_in() { sed -nE "s/.*\"$2\" [a-z] ([0-9]+).*/\1/p" <<<"$1"; }

# ---- cells ----

# cells: "ID CGROUP CPU,CPU,..." of each cell, from the one property that holds them all.
cells() {
    local words count id cgroup cpus
    read -r -a words < <(property "$bus_name" Cells) || return
    count=${words[0]}
    words=("${words[@]:1}")
    while ((count--)); do
        id=${words[0]} cgroup=${words[2]//\"/}
        cpus=$(IFS=, && printf '%s' "${words[*]:4:${words[3]}}")
        printf '%s %s %s\n' "$id" "$cgroup" "$cpus"
        words=("${words[@]:4+${words[3]}}")
    done
}

# cell_of NAME: "ID CPUS" of the cell of the child cgroup NAME; fails when there is none.
cell_of() {
    cells | awk -v cgroup="/$slice/$1" '
        $2 == cgroup { print $1, $3; found = 1 }
        END { exit !found }'
}

has_cell() { cell_of "$1" >/dev/null; }
has_no_cell() { ! has_cell "$1"; }
cell_id() { cell_of "$1" | cut -d ' ' -f 1; }
cell_cpus() { cell_of "$1" | cut -d ' ' -f 2; }
cell_object() { printf '%s/cell/%s' "$root_object" "$(cell_id "$1")"; }

# metrics_of NAME: all metrics of the cell of the child cgroup, of one and the same sample.
metrics_of() {
    busctl call "$bus_name" "$(cell_object "$1")" org.freedesktop.DBus.Properties GetAll s \
        "$bus_name.CellMetrics"
}

# sampled_since NAME METRICS: the scheduler's counters were read again after those were.
sampled_since() {
    local stamp=SampleTimestampMonotonic
    (($(number_in "$(metrics_of "$1")" "$stamp") > $(number_in "$2" "$stamp")))
}

# count_of LIST: how many elements a comma-separated list has.
count_of() {
    local -a elements
    IFS=, read -r -a elements <<<"$1"
    printf '%s' "${#elements[@]}"
}

# shellcheck disable=SC2016  # for another shell
readonly burn='for ((i = 0; i < $0; i++)); do (while :; do :; done) & done; wait'

# make_cell NAME THREADS: a transient unit with so many busy threads; NAME ends in .service.
make_cell() {
    systemd-run --quiet --collect --unit="$1" --slice="$slice" --property=TasksMax=infinity \
        bash -c "$burn" "$2" || fail "systemd-run $1"
}

drop_cell() { systemctl stop "$1"; }

# ---- what the bus tells ----

readonly signals=$scenario_dir/signals

is_watched() { property "$bus_name" State >/dev/null && [[ -s $signals ]]; }

# watch_bus: what comes over it from now on is kept, until the process `watcher` is ended.
watch_bus() {
    busctl --json=short monitor "$bus_name" >"$signals" 2>/dev/null &
    # shellcheck disable=SC2034  # for the scenarios
    watcher=$!
    wait_for 10 'watching the bus' is_watched
}

# cells_told: "MILLISECONDS SIGNAL OBJECT INSTANCE" of each cell that came or went meanwhile.
cells_told() {
    jq -r --arg interface "$bus_name.Cell" '
        select(.member == "InterfacesAdded" or .member == "InterfacesRemoved") |
        ((.payload.data[1] | objects | .[$interface].InstanceId.data) // 0) as $instance |
        "\(.["timestamp-realtime"] / 1000 | floor) \(.member) \(.payload.data[0]) \($instance)"
        ' "$signals"
}

# expect_sound_ids LEAST: of the cells told of, each has a higher InstanceId than any before, and an
# id that is used again, which at least so many were, has been free and drained: the scheduler gives
# it back when its queues have been empty for a second. Half of that may pass before the bus tells.
expect_sound_ids() {
    local reused wrong
    IFS='|' read -r reused wrong < <(cells_told | awk '
        function note(what) { wrong = wrong $3 " " what " at " $1 "; " }
        $2 == "InterfacesAdded" {
            if ($3 in live) note("came twice")
            if ($4 <= last) note("has instance " $4 " after " last)
            if ($3 in left && $1 - left[$3] < 500) note("is used again after " $1 - left[$3] " ms")
            reused += $3 in left
            last = $4
            live[$3]
        }
        $2 == "InterfacesRemoved" { delete live[$3]; left[$3] = $1 }
        END { printf "%d|%s\n", reused, wrong }')
    expect 'what is wrong with ids' "$wrong" ''
    expect_between 'ids used again, each drained, with a new InstanceId' "$reused" "$1" 1e6
}

# ---- tasks ----

# read_task TID: sets task_state, task_cpu and task_ticks (user + system); fails when it is gone.
read_task() {
    local line
    local -a fields
    { IFS= read -r line <"/proc/$1/stat"; } 2>/dev/null || return 1
    # The name may hold anything; what follows its closing bracket begins with field 3. A here
    # string would be a file for each look, so the words are split in place.
    # shellcheck disable=SC2206
    fields=(${line##*) })
    task_state=${fields[0]} task_cpu=${fields[36]} task_ticks=$((fields[11] + fields[12]))
}

# is_busy TID: it wants a CPU; read_task's variables are set.
is_busy() { read_task "$1" && [[ $task_state == R ]]; }

# read_tasks NAME: sets tids to the tasks (thread ids) of the child cgroup.
read_tasks() { mapfile -t tids 2>/dev/null <"$parent/$1/cgroup.threads" || tids=(); }

# busy_tasks NAME: the tasks of the cgroup that want a CPU.
busy_tasks() {
    local tid tids
    read_tasks "$1"
    for tid in "${tids[@]}"; do
        is_busy "$tid" && printf '%s\n' "$tid"
    done
}

has_busy_tasks() { (($(busy_tasks "$1" | wc -l) >= $2)); }

# all_inside NAME CPUS: whether every busy task of the cgroup was last on one of the CPUs.
all_inside() {
    local tid tids
    read_tasks "$1"
    for tid in "${tids[@]}"; do
        if is_busy "$tid" && [[ ,$2, != *,$task_cpu,* ]]; then
            return 1
        fi
    done
}

# all_at_home NAME: whether every busy task of the cgroup is on the CPUs its cell has now.
all_at_home() {
    local cpus
    cpus=$(cell_cpus "$1") && [[ $cpus ]] && all_inside "$1" "$cpus"
}

# progressed FILE: whether every task listed in FILE ("TID TICKS") has run since.
progressed() {
    local tid ticks
    while read -r tid ticks; do
        read_task "$tid" || continue
        ((task_ticks > ticks)) || return 1
    done <"$1"
}

# remember TID...: "TID TICKS" lines for progressed.
remember() {
    local tid
    for tid; do
        read_task "$tid" && printf '%s %s\n' "$tid" "$task_ticks"
    done
}

# expect_progress WHAT TID...: every one of the tasks runs again within ten seconds.
expect_progress() {
    local what=$1
    shift
    (($# > 0)) || fail "$what: there are no tasks to look at"
    remember "$@" >"$scenario_dir/progress"
    wait_for 10 "$what: all $# tasks go on" progressed "$scenario_dir/progress"
}

# usage_usec NAME: CPU time of the cgroup as the kernel counts it.
usage_usec() { sed -n 's/^usage_usec //p' "$parent/$1/cpu.stat"; }

# ---- kernel ----

# mark_kernel_log: what comes later is the scenario's own.
mark_kernel_log() { kernel_lines=$(dmesg | wc -l); }

# Of the scheduler, of lockdep, KASAN, UBSAN and kmemleak where the kernel has them, and of all else.
readonly complaints='runnable task stall|watchdog failed|runtime error|scx_bpf_error|WARNING:|BUG:'\
'|Oops|blocked for more than|soft lockup|hard LOCKUP|self-detected stall|detected stalls'\
'|possible (recursive|circular|irq lock inversion|deadlock)|inconsistent lock state|invalid wait context'\
'|suspicious RCU|lock held when returning|KASAN:|UBSAN:|kmemleak:|cut here|general protection fault'

expect_quiet_kernel() {
    local found
    found=$(dmesg | tail -n "+$((kernel_lines + 1))" | grep -E "$complaints")
    [[ -z $found ]] || fail "the kernel complains: $found"
    ok 'no stall, watchdog message, warning or scheduler error in the kernel log'
}

readonly tracing=/sys/kernel/tracing
mount_tracing() {
    mountpoint -q "$tracing" || mount -t tracefs tracefs "$tracing" || fail 'no tracefs'
}

# read_layout: sets cpus, llcs, threads and nodes to what tests/vm/run was asked for.
read_layout() {
    local layout
    layout=$(grep -o 'vm\.layout=[^ ]*' /proc/cmdline) || fail 'the command line tells no layout'
    # shellcheck disable=SC2034  # for the scenario
    IFS=, read -r cpus llcs threads nodes <<<"${layout#*=}"
}

# kernel_dump PATTERN: of what the kernel prints for SysRq-D, which only its tracepoint has, that
# which matches.
kernel_dump() {
    mount_tracing
    echo 1 >"$tracing/events/sched_ext/sched_ext_dump/enable" || fail 'no tracepoint of the dump'
    : >"$tracing/trace"
    echo D >/proc/sysrq-trigger
    grep -oE "$1" "$tracing/trace"
    echo 0 >"$tracing/events/sched_ext/sched_ext_dump/enable"
}

# What else a scenario has to undo at its end; it defines its own.
undo() { :; }

is_deserted() { [[ ! -d $parent ]] || grep -qx 'populated 0' "$parent/cgroup.events"; }

# remove_cells: fails when one stays, which the next scenario would have to share the machine with.
remove_cells() {
    local deadline
    deadline=$(($(now_ms) + 20000))
    if [[ -e $parent/cgroup.kill ]]; then
        echo 1 >"$parent/cgroup.kill"
        # A killed task keeps its cgroup until it is gone.
        until is_deserted || (($(now_ms) > deadline)); do sleep 0.05; done
    fi
    systemctl stop "$slice" 2>/dev/null
    find "$parent" -mindepth 1 -depth -type d -exec rmdir {} + 2>/dev/null
    [[ -z $(find "$parent" -mindepth 1 -type d 2>/dev/null) ]]
}

clean_up() {
    local status=$?
    trap - EXIT
    undo
    # shellcheck disable=SC2046  # a list of numbers
    { kill -KILL $(jobs -p) && wait; } 2>/dev/null
    remove_cells || { printf 'FAIL  cells were left behind\n' && status=1; }
    systemctl stop "$unit" 2>/dev/null
    systemctl reset-failed 2>/dev/null
    if [[ -e $scenario_dir/config ]]; then
        cp "$scenario_dir/config" "$config_file"
    else
        rm -f "$config_file"
    fi
    rm -rf "$scenario_dir"
    ((status != 0)) || [[ ${demonstration:-} ]] || ok "${0##*/} has passed"
    exit "$status"
}
[[ ! -e $config_file ]] || cp "$config_file" "$scenario_dir/config"
trap clean_up EXIT
mark_kernel_log
