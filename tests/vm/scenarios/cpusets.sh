#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Without cell-parent-cgroup: cgroups with a cpuset of their own are cells, wherever they stand;
# nested ones are cells of their own, overlapping ones share the contested CPUs, and a cell goes with
# its cpuset, though the cgroup stays. C7-C9 of tests/vm/hazards.md, hence the short watchdog.
# shellcheck source=tests/vm/scenarios/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

readonly top=/sys/fs/cgroup
readonly outer=$top/outer other=$top/other

# cpus_at PATH: the CPUs of the cell of the cgroup; fails when there is none.
cpus_at() {
    cells | awk -v cgroup="$1" '
        $2 == cgroup { print $3; found = 1 }
        END { exit !found }'
}
is_cell() { cpus_at "$1" >/dev/null; }
is_no_cell() { ! is_cell "$1"; }
cell_count() { cells | wc -l; }
has_cells() { (($(cell_count) == $1)); }

# lies_in PATH CPUS: the cell has CPUs, and only some of these (both separated by commas).
lies_in() {
    local cpus cpu
    cpus=$(cpus_at "$1") && [[ $cpus ]] || return
    for cpu in ${cpus//,/ }; do
        [[ ,$2, == *,$cpu,* ]] || return
    done
}

# requests PATH CPUS: the cell may have these, separated by spaces.
requests() {
    local id
    id=$(cells | awk -v cgroup="$1" '$2 == cgroup { print $1 }')
    [[ $(property "$bus_name.Cell" RequestedCpus "$root_object/cell/$id") == *" $2" ]]
}

# make_partition CGROUP KIND: its kind is that, and valid.
make_partition() {
    echo "$2" >"$1/cpuset.cpus.partition" || fail "partition of $1"
    expect "the partition of ${1#"$top"}" "$(<"$1/cpuset.cpus.partition")" "$2"
}

# spin CGROUP: a busy task in it; its id goes to `spinner`.
spin() {
    (while :; do :; done) &
    spinner=$!
    echo "$spinner" >"$1/cgroup.procs" || fail "move to $1"
}

# runs_on TASK PATH: it was last on a CPU of that cell.
runs_on() { read_task "$1" && [[ ,$(cpus_at "$2"), == *,$task_cpu,* ]]; }

undo() {
    # shellcheck disable=SC2046  # a list of numbers
    { kill -KILL $(jobs -p) && wait; } 2>/dev/null
    rmdir "$outer/inner" "$outer/tasks" "$outer" "$other" 2>/dev/null
}

step 'a machine without cpusets has cell 0 alone'
(($(nproc) >= 4)) || fail 'this needs four CPUs'
echo +cpuset >$top/cgroup.subtree_control || fail 'no cpuset controller'
mkdir "$outer" "$other" || fail mkdir
echo +cpuset >"$outer/cgroup.subtree_control"
mkdir "$outer/inner" "$outer/tasks" || fail mkdir # a cgroup with children holds no tasks itself
# By samples alone a change would be noticed after half a minute: the kernel's hooks tell of it.
write_config 'watchdog-timeout-ms = 5000' 'monitor-interval-s = 30'
systemctl start "$unit" || fail "systemctl start $unit"
expect 'cells' "$(cell_count)" 1
attached=$(</sys/kernel/sched_ext/enable_seq)

step 'a cpuset makes a cell'
echo 1-3 >"$outer/cpuset.cpus"
wait_for 5 '/outer is a cell' lies_in /outer 1,2,3
spin "$outer/tasks"
first=$spinner
wait_for 5 'its task runs on its CPUs' runs_on "$first" /outer

step 'one inside is a cell of its own'
echo 1-2 >"$outer/inner/cpuset.cpus"
wait_for 5 '/outer/inner is a cell' lies_in /outer/inner 1,2
wait_for 5 '/outer keeps one' lies_in /outer 1,2,3
spin "$outer/inner"
wait_for 5 'its task runs on its CPUs' runs_on "$spinner" /outer/inner
wait_for 5 'that of the outer one stays there' runs_on "$first" /outer

step 'one inside may want all that the outer one has'
echo 1-3 >"$outer/inner/cpuset.cpus"
wait_for 5 '/outer/inner may have all of it' requests /outer/inner '1 2 3'
expect_progress 'both, in what they share' "$first" "$spinner"
echo 1-2 >"$outer/inner/cpuset.cpus"
wait_for 5 '/outer/inner may have what it had' requests /outer/inner '1 2'
wait_for 5 'and has no more' lies_in /outer/inner 1,2

step 'one inside may be a partition of its own'
make_partition "$outer" root
make_partition "$outer/inner" root
wait_for 5 '/outer has what is left' lies_in /outer 3
wait_for 5 'its task, too' runs_on "$first" /outer
wait_for 5 'that of the inner one runs on its CPUs' runs_on "$spinner" /outer/inner
make_partition "$outer/inner" member
make_partition "$outer" member

step 'one that overlaps shares what is contested'
echo 2-3 >"$other/cpuset.cpus"
wait_for 5 '/other is a cell' lies_in /other 2,3
wait_for 5 'all four have CPUs' has_cells 4
expect 'CPUs with two owners' "$(cells | cut -d ' ' -f 3 | tr ',' '\n' | sort -n | uniq -d)" ''

step 'one that covers all CPUs is none'
echo "0-$(($(nproc) - 1))" >"$other/cpuset.cpus"
wait_for 5 '/other is no cell' is_no_cell /other

step 'a cell goes with its cpuset, and with its cgroup'
echo >"$outer/inner/cpuset.cpus"
wait_for 5 '/outer/inner is no cell' is_no_cell /outer/inner
wait_for 5 'its task runs with the outer ones' runs_on "$spinner" /outer
echo 1 >"$outer/inner/cpuset.cpus"
wait_for 5 '/outer/inner is a cell again' lies_in /outer/inner 1
wait_for 5 'its task is there' runs_on "$spinner" /outer/inner
wait_for 5 '/outer has only its own' lies_in /outer 1,2,3
echo >"$outer/inner/cpuset.cpus"
wait_for 5 '/outer/inner is no cell once more' is_no_cell /outer/inner
expect_progress 'both' "$first" "$spinner"
kill -KILL "$first" "$spinner"
wait "$first" "$spinner" 2>/dev/null
rmdir "$outer/inner" "$outer/tasks" "$outer" || fail rmdir
wait_for 5 'cell 0 is alone again' has_cells 1
expect 'enable_seq' "$(</sys/kernel/sched_ext/enable_seq)" "$attached"
expect_quiet_kernel
