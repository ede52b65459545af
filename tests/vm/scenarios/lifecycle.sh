#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Cgroups come and go under load: a cell exists within a second of mkdir, clients are told, no task
# is left behind, and an id that is used again never stands for the cell that had it before.
# shellcheck source=tests/vm/scenarios/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

readonly names=(a.service b.service) rounds=3
cpu_count=$(nproc)
own_cgroup=/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)

# told SIGNAL OBJECT: since `asked` the signal named the object; sets told_at to its time in ms.
told() {
    told_at=$(cells_told | awk -v asked="$asked" -v signal="$1" -v object="$2" '
        $1 >= asked && $2 == signal && $3 == object { print $1; exit }')
    [[ $told_at ]]
}

# born NAME: mkdir, and how long until the bus tells of the cell.
born() {
    asked=$(now_ms)
    mkdir "$parent/$1"
    wait_for 10 "$1 has a cell" has_cell "$1"
    object=$(cell_object "$1")
    wait_for 5 "InterfacesAdded $object" told InterfacesAdded "$object"
    expect_between "$1: ms from mkdir to InterfacesAdded" $((told_at - asked)) 0 1000
}

# bury NAME: its tasks go back to the root cell; the cgroup and the cell end.
bury() {
    local tid tids
    asked=$(now_ms)
    read_tasks "$1"
    for tid in "${tids[@]}"; do
        echo "$tid" >"$own_cgroup/cgroup.procs" || fail "$1: cannot move task $tid away"
    done
    rmdir "$parent/$1" || fail "rmdir $1"
    wait_for 5 "$1: the cell is gone" has_no_cell "$1"
    wait_for 5 "InterfacesRemoved $object" told InterfacesRemoved "$object"
}

root_cpus() { cells | awk '$1 == 0 { print $3 }'; }
wanders_in_root() { read_task "$wanderer" && [[ ,$(root_cpus), == *,$task_cpu,* ]]; }
kernel_agrees() { mitosisctl verify >"$scenario_dir/verify" 2>&1; }

# nobody_left: each task runs in the cell of its cgroup, as CPUs are lent to nobody.
nobody_left() {
    local name
    wait_for 10 'the wanderer runs in the root cell' wanders_in_root
    for name in "${names[@]}"; do
        wait_for 10 "$name: every thread is in its cell" all_at_home "$name"
    done
    wait_for 10 "the kernel's owners are the plan's" kernel_agrees
}

everyone() {
    local name
    for name in "${names[@]}"; do
        busy_tasks "$name"
    done
    printf '%s\n' "$wanderer"
}

# one_round NUMBER: third appears, takes a busy task, disappears while that task stays busy.
one_round() {
    born third
    note "round $1: id $(cell_id third), CPUs $(cell_cpus third)"
    expect 'CGroupId is the inode' "$(property "$bus_name.Cell" CGroupId "$object")" \
        "$(stat -c %i "$parent/third")"
    echo "$wanderer" >"$parent/third/cgroup.procs"
    wait_for 5 'the task moved in runs on the new CPUs' all_at_home third
    # shellcheck disable=SC2046  # a list of numbers
    expect_progress 'with three cells' $(everyone)
    bury third
    nobody_left
    # shellcheck disable=SC2046  # a list of numbers
    expect_progress 'with two cells again' $(everyone)
}

start_service
for name in "${names[@]}"; do
    make_cell "$name" "$cpu_count"
done
for name in "${names[@]}"; do
    wait_for 15 "$name is busy" has_busy_tasks "$name" "$cpu_count"
    wait_for 10 "$name: every thread has reached its cell" all_at_home "$name"
done
(while :; do :; done) &
wanderer=$!
watch_bus

for ((round = 1; round <= rounds; round++)); do
    step "a third cgroup comes and goes, round $round"
    one_round "$round"
done
expect_sound_ids 1
expect 'cells now' "$(property "$bus_name" CellCount)" 3

step 'a whole cell stops under load'
drop_cell b.service
wait_for 5 'b.service: the cell is gone' has_no_cell b.service
wait_for 10 'a.service: every thread is on the CPUs it has now' all_at_home a.service
# shellcheck disable=SC2046  # a list of numbers
expect_progress 'who is left' $(busy_tasks a.service) "$wanderer"
kill "$wanderer" "$watcher"
expect 'the same daemon' "$(show MainPID)" "$service_pid"
expect_quiet_kernel
