# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# What the scenarios of the scheduler's options share: each option is looked at on and off, in cell
# a, with no other one on that could do its work. Sourced after lib_hazards.sh.

readonly all_cpus=0-$((cpu_count - 1))

# Runs and sleeps by turns, both in microseconds; without end or so often, after which it prints how
# often it woke up on another CPU than before, and how often of these in the same LLC.
# shellcheck disable=SC2016  # for another interpreter
readonly pulse='
use Time::HiRes qw(clock_gettime usleep);
my ($run, $sleep, $count) = @ARGV;
my ($cpu, $last, $moves, $within, %llc) = (pack("L", 0), -1, 0, 0);
for my $file (glob "/sys/devices/system/cpu/cpu[0-9]*/cache/index3/shared_cpu_list") {
    open my $list, "<", $file or die;
    $llc{$1} = <$list> if $file =~ /cpu(\d+)/;
}
for (my $i = 0; !$count || $i < $count; $i++) {
    my $end = clock_gettime(2) + $run / 1e6; # of the time that the process ran
    while ($run && clock_gettime(2) < $end) {}
    usleep $sleep;
    syscall(309, $cpu, 0, 0); # getcpu
    my $now = unpack "L", $cpu;
    if ($last >= 0 && $now != $last) {
        $moves++;
        $within++ if $llc{$now} eq $llc{$last};
    }
    $last = $now;
}
print "$moves $within\n";'

# pulses NAME COUNT RUN SLEEP [PREFIX...]: so many of these, each started through the prefix.
pulses() {
    local name=$1 count=$2 run=$3 sleep=$4
    shift 4
    while ((count--)); do
        spawn "$name" "$@" perl -e "$pulse" "$run" "$sleep"
    done
}

# allow CPUS TID...: the tasks may run there from now on.
allow() {
    local cpus=$1 tid
    shift
    for tid; do
        taskset -pc "$cpus" "$tid" >/dev/null || fail "taskset $tid"
    done
}

# cpu_of NAME NUMBER: one of the cell's CPUs, counted from 1.
cpu_of() { cell_cpus "$1" | cut -d , -f "$2"; }

counter() { number_in "$(metrics_of "$1")" "$2"; }

# count_again NAME: everything that has happened until now is counted.
count_again() { wait_for 10 'a later sample' sampled_since "$1" "$(metrics_of "$1")" >/dev/null; }
