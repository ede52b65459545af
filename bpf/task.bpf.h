/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is remembered of a task. Made in init_task; later callbacks only look it up, once each, and
 * treat a missing one as a task of no cell (overflow queue).
 */
#ifndef MITOSIS_TASK_BPF_H
#define MITOSIS_TASK_BPF_H

#include "scx.bpf.h"

struct task_ctx {
	/* Cached answer of cgroup.bpf.h, valid for this cgroup and this epoch. */
	u64 cgroup;
	u64 owners_epoch;
	u32 cell;
	/* Gave its CPU up: the next choice must not keep it before those who wait. */
	u32 yielded;
	/* Waits by time, not by virtual time (order.bpf.h). */
	u32 patient;

	u64 home;	   /* the queue whose clock vtime is measured on; 0 before the first */
	u64 vtime;	   /* ns of weight 100 */
	u64 charged_ns;	   /* se.sum_exec_runtime up to which vtime was charged */
	u64 waiting_since; /* scx_now() when it became ready to run; 0 while not waiting */
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
