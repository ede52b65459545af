/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Changes of cpusets: counted when the kernel begins and when it has ended one. Between the two,
 * and until the loader has looked, tasks may have affinities that their cells do not know yet.
 * Whether the programs are there depends on the kernel's symbols; the loader polls without
 * them.
 */
#ifndef MITOSIS_CPUSET_BPF_H
#define MITOSIS_CPUSET_BPF_H

#include "event.bpf.h"

__u64 cpuset_begun;
__u64 cpuset_ended;
/* cpuset_ended as it was before the loader read the cpusets that are in force here. */
volatile __u64 cpuset_seen;

/* A change is under way or not yet taken over. */
static __always_inline bool cpuset_in_motion(void)
{
	return *(volatile u64 *)&cpuset_begun != cpuset_seen;
}

static __always_inline void cpuset_begin(void)
{
	__sync_fetch_and_add(&cpuset_begun, 1);
}

static __always_inline void cpuset_end(void)
{
	__sync_fetch_and_add(&cpuset_ended, 1);
	event_notify(MITOSIS_EVENT_CPUSET, 0, 0, 0);
}

SEC("?fentry/cpuset_write_resmask")
int BPF_PROG(cpuset_write_begins)
{
	cpuset_begin();
	return 0;
}

SEC("?fexit/cpuset_write_resmask")
int BPF_PROG(cpuset_write_ends)
{
	cpuset_end();
	return 0;
}

SEC("?fentry/cpuset_partition_write")
int BPF_PROG(cpuset_partition_begins)
{
	cpuset_begin();
	return 0;
}

SEC("?fexit/cpuset_partition_write")
int BPF_PROG(cpuset_partition_ends)
{
	cpuset_end();
	return 0;
}

/* A cgroup with a cpuset was removed. */
SEC("?fentry/cpuset_css_offline")
int BPF_PROG(cpuset_removal_begins)
{
	cpuset_begin();
	return 0;
}

SEC("?fexit/cpuset_css_offline")
int BPF_PROG(cpuset_removal_ends)
{
	cpuset_end();
	return 0;
}

#endif
