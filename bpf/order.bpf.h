/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Order: in which order waiting tasks run. A task's virtual time is measured on the clock of one
 * queue, its home (task->home): a cell's queue or a CPU's private queue. Charged whenever the
 * task stops and when a CPU decides whether it goes on, at least once per slice.
 *
 * A cell's clock is the largest virtual time at which a task of its queue started. A CPU's clock
 * advances with private tasks likewise, and takes every step of its owner's clock as well, so that
 * lags of the two queues a CPU serves compare, whoever owns it and however often that changes.
 */
#ifndef MITOSIS_ORDER_BPF_H
#define MITOSIS_ORDER_BPF_H

#include "cell.bpf.h"
#include "dsq.h"
#include "task.bpf.h"
#include "vtime.h"

/* A clock that many CPUs read is written only when it advances by this much. */
#define ORDER_CLOCK_STEP_NS 20000

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* nr_cells * nr_llcs */
	__type(key, u32);
	__type(value, struct mitosis_clock);
} clocks SEC(".maps");

static __always_inline u64 *order_clock(u64 dsq)
{
	if (dsq_type(dsq) == DSQ_TYPE_CELL) {
		u32 key = dsq_cell(dsq) * nr_llcs + dsq_llc(dsq);
		struct mitosis_clock *clock = bpf_map_lookup_elem(&clocks, &key);

		return (u64 *)clock;
	}
	if (dsq_type(dsq) == DSQ_TYPE_CPU) {
		struct mitosis_cpu *cpu = cpu_of(dsq_cpu(dsq));

		return (u64 *)cpu;
	}
	return NULL;
}

/* Makes `dsq` the task's home and returns its key there. */
static __always_inline u64 order_place(struct task_ctx *t, u64 dsq)
{
	u64 *to = order_clock(dsq), *from;
	u64 now = to ? *(volatile u64 *)to : 0;

	if (t->home == dsq) {
		t->vtime = vtime_stay(t->vtime, now, slice_ns);
	} else {
		from = order_clock(t->home);
		t->vtime = from ? vtime_move(t->vtime, *(volatile u64 *)from, now, slice_ns) : now;
		t->home = dsq;
	}
	return t->vtime;
}

/* The task starts on `cpu`, whose rq is locked. */
static __always_inline void order_start(struct task_struct *p, struct task_ctx *t, s32 cpu)
{
	u64 *clock = order_clock(t->home);

	t->charged_ns = p->se.sum_exec_runtime;
	if (!clock || (dsq_type(t->home) == DSQ_TYPE_CPU && dsq_cpu(t->home) != cpu))
		return;
	if (vtime_lag(t->vtime, *(volatile u64 *)clock) > ORDER_CLOCK_STEP_NS)
		*(volatile u64 *)clock = t->vtime;
}

/* Charges what the task ran since it was charged last; returns that time. */
static __always_inline u64 order_charge(struct task_struct *p, struct task_ctx *t)
{
	u64 ran = p->se.sum_exec_runtime - t->charged_ns;

	t->charged_ns += ran;
	t->vtime += vtime_cost(ran, p->scx.weight);
	return ran;
}

/* A CPU about to choose takes over the steps of its owner's clock; its rq is locked. */
static __always_inline void order_follow(struct mitosis_cpu *c, u32 owner)
{
	u64 *clock = order_clock(dsq_of_cell(owner, 0));
	u64 now = clock ? *(volatile u64 *)clock : 0;

	if (c->clock_owner == owner)
		c->vtime_now += vtime_bound(vtime_lag(now, c->clock_seen), 0,
					    (s64)slice_ns * VTIME_AHEAD_SLICES);
	c->clock_owner = owner;
	c->clock_seen = now;
}

static __always_inline s64 order_lag_of_task(const struct task_ctx *t)
{
	u64 *clock = order_clock(t->home);

	return clock ? vtime_lag(t->vtime, *(volatile u64 *)clock) : 0;
}

/* Lag of the first task waiting in `dsq`; `otherwise` when there seems to be none. */
static __always_inline s64 order_lag_of_head(u64 dsq, s64 otherwise)
{
	u64 *clock = order_clock(dsq);
	u64 vtime;

	if (!clock || !scx_has_queued(dsq) || !scx_head_vtime(dsq, &vtime))
		return otherwise;
	return vtime_lag(vtime, *(volatile u64 *)clock);
}

#endif
