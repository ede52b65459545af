/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is remembered of a task. Made in init_task; later callbacks only look it up, once each, and
 * treat a missing one as a task of no cell (overflow queue).
 */
#ifndef MITOSIS_TASK_BPF_H
#define MITOSIS_TASK_BPF_H

#include "scx.bpf.h"

/* It waits since before it was ours. */
#define TASK_DELAY_FOREIGN (~0ULL)

struct task_ctx {
	/* Cached answer of cgroup.bpf.h, valid for this cgroup and this epoch. */
	u64 cgroup;
	u64 owners_epoch;
	u32 cell;
	/* Gave its CPU up: the next choice must not keep it before those who wait. */
	u32 yielded;
	/* How it comes to a CPU: enum order_way (order.bpf.h). */
	u32 way;
	/* Its affinity was looked at since it changed (pin.bpf.h). */
	u32 pin_seen;
	/* Runs on a CPU that another cell owns and lends (lend.bpf.h). */
	u32 borrows;

	u64 group;	  /* the cgroup whose cpu.weight it shares (group.bpf.h), or 0 */
	u64 counted_in;	  /* the group whose `active` counts it now, or 0; */
	u32 counted;	  /* its weight there */
	u32 counted_life; /* and the life of that group */
	u64 scaled;	  /* weight as it was charged last, see group_scaled(); 0 before */
	u64 weighed;	  /* its part of the weight of the queue `weighed_in`, or 0 */
	u64 weighed_in;	  /* (order.bpf.h) */
	u64 home;	  /* the queue whose clock vtime is measured on; 0 before the first */
	u64 vtime;	  /* ns of weight 100 */
	u64 charged_ns;	  /* se.sum_exec_runtime up to which vtime was charged */
	u64 started_ns;	  /* se.sum_exec_runtime when it got its CPU */
	u64 average_ns;	  /* of its stretches on a CPU; 0 before the first */
	u64 delay_seen;	  /* run_delay up to which its waiting was counted, or TASK_DELAY_FOREIGN */
	u64 arrivals_seen; /* and pcount (stats.bpf.h) */
	u64 waiting_since; /* scx_now() when it became ready, where the kernel does not say; or 0 */
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct task_ctx);
} task_ctxs SEC(".maps");

static __always_inline struct task_ctx *task_ctx_of(struct task_struct *p)
{
	return bpf_task_storage_get(&task_ctxs, p, NULL, 0);
}

#endif
