/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Slice shrinking. A task in a CPU's private queue can run nowhere else, so a task of the cell that
 * could makes room sooner: its slice is cut to what the waiter is known to need, twice its average
 * stretch on a CPU, within bounds.
 *
 *     limit = clamp(2 x average, min, max)
 *
 * Only for a waiter that would be chosen (its lag is the smaller one), so a hog that was pinned
 * does not cut others short again and again. A limit below a tick cannot wait for one: the runner
 * is preempted. What is known of the runner and of the waiter is kept with the CPU, so that neither
 * has to be looked up; where several wait it is what the one that came last is known to need.
 * Limitation: a stretch that ticks cannot resolve is cut at the tick that follows.
 */
#ifndef MITOSIS_SHRINK_BPF_H
#define MITOSIS_SHRINK_BPF_H

#include "cell.bpf.h"
#include "order.bpf.h"
#include "stats.bpf.h"
#include "task.bpf.h"

const volatile __u32 slice_shrinking = 0;
const volatile __u64 tick_ns = 4000000;

/* The bounds, which change while tasks run; one may be new while the other is still old. */
volatile __u64 shrink_max_ns = 4000000;
volatile __u64 shrink_min_ns = 500000;

/* A stretch on a CPU ended. The first one is taken as it is, then 7/8 old and 1/8 new. */
static __always_inline void shrink_learn(struct task_struct *p, struct task_ctx *t)
{
	u64 ran = p->se.sum_exec_runtime - t->started_ns;

	if (slice_shrinking)
		t->average_ns = t->average_ns ? (7 * t->average_ns + ran) / 8 : ran;
}

static __always_inline void shrink_count(struct mitosis_counters *c, u64 wanted)
{
	if (!c)
		return;
	if (wanted < shrink_min_ns)
		c->slice_shrink_min++;
	else if (wanted < shrink_max_ns)
		c->slice_shrink_proportional++;
	else
		c->slice_shrink_max++;
}

static __always_inline u64 shrink_limit(u64 average)
{
	u64 limit = 2 * average, max = shrink_max_ns, min = shrink_min_ns;

	if (limit > max)
		limit = max;
	return limit < min ? min : limit;
}

/* Cuts the slice of `runner` for what waits for the CPU; true when it was longer. */
static __always_inline bool shrink_cut(struct task_struct *runner, const struct mitosis_cpu *c)
{
	u64 limit = shrink_limit(c->waiter_ns);

	if (runner->scx.slice <= limit)
		return false;
	scx_set_slice(runner, limit);
	shrink_count(stats_here(c->waiter_cell), 2 * c->waiter_ns);
	return true;
}

/* What runs on the CPU makes room for the one sent to its private queue last. */
static __always_inline void shrink_runner(struct task_struct *runner, const struct mitosis_cpu *c,
					  s32 cpu)
{
	if (shrink_cut(runner, c) && shrink_limit(c->waiter_ns) < tick_ns)
		kick_preempt(cpu);
}

/* A task was sent to the private queue of a CPU: for what runs there. */
static __always_inline void shrink_for(const struct task_ctx *waiter, s32 cpu)
{
	struct mitosis_cpu *c = cpu_of(cpu);
	struct task_struct *runner;

	if (!slice_shrinking || !c)
		return;
	c->waiter_ns = waiter->average_ns;
	c->waiter_cell = waiter->cell;
	if (order_lag_of_task(waiter) >= c->lag)
		return;
	if (bpf_ksym_exists(scx_bpf_cpu_curr)) {
		runner = scx_bpf_cpu_curr(cpu);
		if (runner && runner->pid)
			shrink_runner(runner, c, cpu);
		return;
	}
	runner = scx_acquire_curr(cpu);
	if (!runner)
		return;
	shrink_runner(runner, c, cpu);
	bpf_task_release(runner);
}

/* Where the task that goes on stands now; order_start() says it of one that starts. */
static __always_inline void shrink_note(const struct task_ctx *t, struct mitosis_cpu *c)
{
	if (slice_shrinking)
		c->lag = order_lag_of_task(t);
}

/* A task starts on a CPU in whose private queue others wait. */
static __always_inline void shrink_start(struct task_struct *p, const struct mitosis_cpu *c,
					 s32 cpu)
{
	u64 private = dsq_of_cpu(cpu);
	struct task_struct *head;

	if (!slice_shrinking || !(c->private_here || c->private_used) || !scx_has_queued(private))
		return;
	bpf_for_each (scx_dsq, head, private, 0) {
		if (vtime_lag(head->scx.dsq_vtime, c->vtime_now) < c->lag)
			shrink_cut(p, c);
		break;
	}
}

#endif
