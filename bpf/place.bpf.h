/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a task goes that wants to run: straight to an idle CPU, or into a queue. */
#ifndef MITOSIS_PLACE_BPF_H
#define MITOSIS_PLACE_BPF_H

#include "cgroup.bpf.h"
#include "order.bpf.h"
#include "pick_cpu.bpf.h"
#include "stats.bpf.h"

static __always_inline void kick_idle(s32 cpu)
{
	scx_bpf_kick_cpu(cpu, SCX_ENUM(scx_kick_flags, SCX_KICK_IDLE));
}

static __always_inline bool is_last(u64 enq_flags)
{
	return enq_flags & SCX_ENUM(scx_enq_flags, SCX_ENQ_LAST);
}

/*
 * Every wakeup comes here (SCX_OPS_ALLOW_QUEUED_WAKEUP is off), and the CPU returned is one of the
 * cell's: its rq lock, held in enqueue, is what makes a queued task's CPU look for it in time.
 */
static __always_inline s32 place_select(struct task_struct *p, s32 prev_cpu)
{
	struct task_ctx *t = task_ctx_of(p);
	struct mitosis_counters *stats;
	const struct cpumask *mask;
	u32 cell;
	bool wide;
	s32 cpu;

	if (!t)
		return prev_cpu;
	t->waiting_since = scx_now();
	cell = queue_cell_of(task_cell(p, t));
	mask = primary_of(cell);
	if (!mask)
		return prev_cpu;
	wide = task_is_wide(p, cell);
	if (wide)
		cpu = pick_idle_near(mask, cell, prev_cpu);
	else
		cpu = pick_idle_constrained(p, mask, prev_cpu);
	if (cpu >= 0) {
		order_place(t, wide ? dsq_of_cell(cell, 0) : dsq_of_cpu(cpu));
		t->patient = 0;
		stats = stats_here(t->cell);
		if (stats)
			stats->dispatch_local++;
		scx_insert(p, scx_local_dsq(), slice_ns, 0);
		return cpu;
	}
	if (cpu_owned_by(prev_cpu, cell))
		return prev_cpu;
	cpu = bpf_cpumask_any_and_distribute(mask, p->cpus_ptr);
	return cpu < nr_cpu_ids ? cpu : prev_cpu;
}

/* No queue fits: whichever CPU may run it does, as its last resort. */
static __always_inline void place_overflow(struct task_struct *p, u64 enq_flags)
{
	s32 cpu;

	scx_insert(p, dsq_overflow(), slice_ns, enq_flags);
	cpu = scx_bpf_pick_idle_cpu(p->cpus_ptr, 0);
	if (cpu < 0 && is_last(enq_flags))
		cpu = scx_bpf_task_cpu(p);
	if (cpu >= 0)
		kick_idle(cpu);
}

static __always_inline void place_private(struct task_struct *p, struct task_ctx *t, s32 cpu,
					  u64 enq_flags)
{
	struct mitosis_counters *stats = stats_here(t->cell);
	u64 dsq = dsq_of_cpu(cpu);

	if (stats) {
		stats->dispatch_cpu_queue++;
		stats->affinity_violations++;
	}
	scx_insert_vtime(p, dsq, slice_ns, order_place(t, dsq), enq_flags);
	/*
	 * The CPU whose rq is locked either is idle, and its bit says so, or looks into its queue
	 * again; unless it is about to go idle, which SCX_ENQ_LAST says. Of another CPU nothing is
	 * certain before the kick is carried out.
	 */
	if (scx_bpf_test_and_clear_cpu_idle(cpu) || cpu != scx_bpf_task_cpu(p) ||
	    is_last(enq_flags))
		kick_idle(cpu);
}

/*
 * The insertion takes effect when enqueue returns, kicks after that. So a CPU that goes idle after
 * the search below may miss the task; the CPU whose rq is locked cannot, if it serves the queue and
 * is not itself about to go idle. Otherwise one that serves it is kicked whatever it seemed to do.
 */
static __always_inline void place_cell(struct task_struct *p, struct task_ctx *t, u32 cell,
				       u64 enq_flags)
{
	struct mitosis_counters *stats = stats_here(t->cell);
	const struct cpumask *mask = primary_of(cell);
	s32 cpu = -1;

	if (stats)
		stats->dispatch_cell_queue++;
	order_queue(p, t, cell, enq_flags);
	if (mask)
		cpu = pick_idle(mask);
	if (cpu < 0 && mask && (is_last(enq_flags) || !cpu_owned_by(scx_bpf_task_cpu(p), cell)))
		cpu = bpf_cpumask_any_distribute(mask);
	if (!mask || cpu >= (s32)nr_cpu_ids)
		cpu = scx_bpf_pick_idle_cpu(p->cpus_ptr, 0);
	if (cpu >= 0)
		kick_idle(cpu);
}

/* Every way out inserts the task exactly once. */
static __always_inline void place_enqueue(struct task_struct *p, u64 enq_flags)
{
	struct task_ctx *t = task_ctx_of(p);
	u32 cell;
	s32 cpu;

	if (!t) {
		place_overflow(p, enq_flags);
		return;
	}
	stats_ready(t);
	t->yielded = 0;
	cell = queue_cell_of(task_cell(p, t));
	cpu = pick_only(p);
	if (cpu < 0 && task_is_wide(p, cell)) {
		place_cell(p, t, cell, enq_flags);
		return;
	}
	if (cpu < 0)
		cpu = pick_private(p, primary_of(cell), scx_bpf_task_cpu(p));
	if (cpu_is_online(cpu))
		place_private(p, t, cpu, enq_flags);
	else
		place_overflow(p, enq_flags);
}

#endif
