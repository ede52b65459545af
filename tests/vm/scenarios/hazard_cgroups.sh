#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# C1-C4, C6, C7, C11, S1, S2, S4, S10, O4 of tests/vm/hazards.md: cgroups with and without controllers,
# of other hierarchies, in numbers, with changing cpusets, under one name again; CPUs that leave.
# shellcheck source=tests/vm/scenarios/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=tests/vm/scenarios/lib_hazards.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib_hazards.sh"

# touched: how many cells differed in the configuration applied last, as the scheduler counted.
touched() {
    bpftool --json map dump id "$(bpftool --json map show |
        jq '.[] | select(.name | test("^mitosis.*[.]bss$")?) | .id')" |
        jq '[.. | .nr_touched? // empty] | first'
}

# cpus_of OBJECT: of the cell, separated by spaces.
cpus_of() { property "$bus_name.Cell" Cpus "$1" | cut -d ' ' -f 2-; }
has_cpu() { [[ $(cpus_of "$1") == "$2" ]]; }

without enable-borrowing # so that every task is in its own cell
begin
group a
burn a 4
wait_for 10 'a is at home' all_at_home a

echo '+cpu +cpuset' >/sys/fs/cgroup/cgroup.subtree_control || fail 'no controllers'
step 'C1: the CPU controller comes and goes, below and beside'
for word in +cpu -cpu +cpu; do
    echo "$word" >"$parent/cgroup.subtree_control" || fail "subtree_control $word"
    group "c1$word"
    mkdir "$parent/c1$word/inner"
    spawn "c1$word/inner" bash -c 'while :; do :; done'
    expect_progress "after $word" "${spawned[@]}"
    wait_for 10 'the new task is at home' task_at_home "${spawned[-1]}" "c1$word"
done
kept=4
end_spawned "$kept"
for word in +cpu -cpu; do remove "c1$word"; done

step 'C2: cgroups of another hierarchy'
mkdir "$scenario_dir/v1"
mount -t cgroup -o none,name=foreign foreign "$scenario_dir/v1" || fail 'no version 1 hierarchy'
mkdir "$scenario_dir/v1/x"
echo "${spawned[0]}" >"$scenario_dir/v1/x/tasks" || fail 'cannot enter it'
expect_progress 'one that is in both' "${spawned[0]}"
wait_for 10 'and it is still at home' all_at_home a
echo "${spawned[0]}" >"$scenario_dir/v1/tasks"
rmdir "$scenario_dir/v1/x"
umount "$scenario_dir/v1"

step 'C3: a cgroup namespace below the cells'
spawn a unshare --cgroup --fork bash -c 'while :; do :; done'
sleep 0.2
expect_progress 'everyone' "${spawned[@]:0:kept}"
wait_for 10 'they are at home' all_at_home a
end_spawned "$kept"

step 'C4: children are made while the cells change'
(for ((i = 0; i < 40; i++)); do
    mkdir -p "$parent/a/n$i/deep" && rmdir "$parent/a/n$i/deep" "$parent/a/n$i"
done) &
maker=$!
for round in 1 2 3; do
    group "c4-$round"
    mkdir -p "$parent/a/stays-$round/deep"
    spawn "a/stays-$round/deep" bash -c 'while :; do :; done'
    wait_for 10 'born during the change, it is at home' task_at_home "${spawned[-1]}" a
done
wait "$maker"
end_spawned "$kept"
for round in 1 2 3; do remove "c4-$round"; done

step 'C6 C7: cpusets are written, of cells, of others, and of memory'
echo +cpuset >"$parent/cgroup.subtree_control" || fail 'no cpuset controller'
for cpus in 0-1 2-3 4 5-7 0-1; do
    echo "$cpus" >"$parent/a/cpuset.cpus" || fail "cpuset.cpus = $cpus"
    echo 0 >"$parent/a/cpuset.mems"
    expect_progress "in $cpus" "${spawned[@]:0:kept}"
done
wait_for 10 'the cell follows the last one' cell_within a 0,1
echo '' >"$parent/a/cpuset.cpus"
wait_for 10 'and is free again' all_at_home a
expect_progress 'without a cpuset' "${spawned[@]:0:kept}"

step 'C11: another cgroup under the same name'
group twin
first=$(property "$bus_name.Cell" InstanceId "$(cell_object twin)")
rmdir "$parent/twin" && mkdir "$parent/twin"
spawn twin bash -c 'while :; do :; done'
wait_for 10 'it is another cell' has_instance_besides twin "$first"
wait_for 10 'and its task is in it' task_at_home "${spawned[-1]}" twin
end_spawned "$kept"
remove twin

step 'S1 S2 S4: more cgroups than there are cells'
object=$(cell_object a) # to find it among so many takes the emulator long
names=()
for ((i = 0; i < 300; i++)); do names+=("$parent/s-$i"); done
mkdir "${names[@]}"
max=$(property "$bus_name" MaxCells)
wait_for 60 "as many cells as can be, $max" cell_count_is "$max"
for i in 0 150 299; do
    spawn "s-$i" bash -c 'while :; do :; done'
done
expect_progress 'with and without a cell' "${spawned[@]}"
owned=" $(cpus_of "$object") $(cpus_of "$root_object/cell/0") "
for ((another = 0; another < cpu_count; another++)); do
    [[ $owned == *" $another "* ]] || break
done
echo "$another" >"$parent/a/cpuset.cpus" || fail 'cpuset of a'
wait_for 10 "a has CPU $another, of another cell" has_cpu "$object" "$another"
# It and the one that had the CPU; another one may have what a gave away, and swap for that.
expect_between "cells that this touched, of $max" "$(touched)" 1 4
echo '' >"$parent/a/cpuset.cpus"
end_spawned "$kept"
rmdir "${names[@]}"
wait_for 60 'only root and a are left' cell_count_is 2

step 'O4: all CPUs but two leave and come back'
for ((cpu = 2; cpu < cpu_count; cpu++)); do
    set_online "$cpu" 0
    expect_progress "without CPU $cpu" "${spawned[@]:0:kept}"
done
for ((cpu = 2; cpu < cpu_count; cpu++)); do set_online "$cpu" 1; done
wait_for 10 'everyone has every CPU' all_cpus_owned
expect_progress 'with all CPUs' "${spawned[@]:0:kept}"
end_spawned 0

step 'O4: the last CPU of cell 0 leaves before the daemon can do anything'
echo 0-1 >"$parent/a/cpuset.cpus" || fail 'cpuset.cpus'
wait_for 10 'a has CPUs 0 and 1' cell_has a 0,1
burn a 4
bash -c 'while :; do :; done' & # in cell 0, like this script
spawned+=($!)
kill -STOP "$service_pid"
for ((cpu = 2; cpu < cpu_count - 1; cpu++)); do set_online "$cpu" 0; done
began=$(now_ms)
set_online "$cpu" 0
# What takes a CPU down waits for kernel threads of cell 0, which have no other CPU.
expect_between 'ms until the last one is offline' $(($(now_ms) - began)) 0 2500
expect_between 'CPUs that a task of cell 0 uses' \
    "$(ran_in 4 "${spawned[-1]}" | awk '{ printf "%.2f", $1 / 400 }')" 0.5 1.1
expect_progress 'everyone' "${spawned[@]}"
kill -CONT "$service_pid"
for ((cpu = 2; cpu < cpu_count; cpu++)); do set_online "$cpu" 1; done
wait_for 10 'everyone has every CPU' all_cpus_owned
end_spawned 0

step 'S10: more cgroups with the CPU controller than their weights are kept of'
many=/sys/fs/cgroup/many
mkdir "$many"
echo +cpu >"$many/cgroup.subtree_control" || fail 'no CPU controller'
seq --format="$many/%.0f" 8200 | xargs mkdir || fail 'a cgroup was refused'
systemd-run --quiet --wait --property=CPUWeight=50 true || fail 'a unit was refused'
ok 'the 8200th cgroup is made like the first'
group late
spawn late bash -c 'while :; do :; done'
wait_for 10 'a cell still comes, and its task is at home' task_at_home "${spawned[-1]}" late
end_spawned 0
remove late
seq --format="$many/%.0f" 8200 | xargs rmdir || fail 'they do not go'
rmdir "$many"
expect_unharmed 'the end'
