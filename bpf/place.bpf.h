/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a task goes that wants to run: straight to an idle CPU, or into a queue. */
#ifndef MITOSIS_PLACE_BPF_H
#define MITOSIS_PLACE_BPF_H

#include "cgroup.bpf.h"
#include "leftover.bpf.h"
#include "lend.bpf.h"
#include "order.bpf.h"
#include "pick_cpu.bpf.h"
#include "pin.bpf.h"
#include "shrink.bpf.h"
#include "stats.bpf.h"
#include "steal.bpf.h"
#include "used.bpf.h"
#include "want.bpf.h"

/* So often idle CPUs look for a task in a private queue that may run elsewhere, after it came. */
#define PLACE_LOOKS 64

static __always_inline bool is_last(u64 enq_flags)
{
	return enq_flags & SCX_ENUM(scx_enq_flags, SCX_ENQ_LAST);
}

/* The LLC whose queue of the cell a task uses that is now on `cpu`. */
static __always_inline u32 place_llc(u32 cell, const struct cpumask *mask, s32 cpu)
{
	struct mitosis_cpu *c = cpu_of(cpu);
	struct mitosis_queue *q;

	if (nr_llcs == 1)
		return 0;
	q = c ? queue_of(cell, c->llc) : NULL;
	if (q && q->nr_cpus)
		return c->llc;
	c = cpu_of(bpf_cpumask_any_distribute(mask));
	return c ? c->llc : 0;
}

/* From select_cpu, to the CPU that it returns. */
static __always_inline void place_local(struct task_struct *p, struct task_ctx *t, u64 home,
					u64 enq_flags)
{
	struct mitosis_counters *stats = stats_here(t->cell);

	order_expect(t, home);
	if (stats)
		stats->dispatch_local++;
	scx_insert(p, scx_local_dsq(), slice_ns, enq_flags);
}

static __always_inline void place_borrowed(struct task_struct *p, struct task_ctx *t, u64 home,
					   u32 cell, s32 cpu)
{
	struct mitosis_counters *stats = stats_here(t->cell);
	struct mitosis_cpu *c = cpu_of(cpu);

	order_expect(t, home);
	if (stats)
		stats->dispatch_borrowed++;
	if (c && c->owner != cell)
		lend_to(c, cpu, cell);
	/* Should the CPU be taken meanwhile the task comes back at once, where the kernel can. */
	scx_insert(p, scx_local_dsq(), slice_ns, SCX_ENUM(scx_enq_flags, SCX_ENQ_IMMED));
}

/* Whether the CPU, with warm caches, is the cell's and was idle; it is now claimed. */
static __always_inline bool place_back(const struct mitosis_cpu *c, u32 cell, s32 cpu)
{
	return c->online && c->owner == cell && (!smt_on || pick_is_idle_core(cpu)) &&
	       scx_bpf_test_and_clear_cpu_idle(cpu);
}

/*
 * Every wakeup comes here (SCX_OPS_ALLOW_QUEUED_WAKEUP is off), and the CPU returned is one of the
 * cell's: its rq lock, held in enqueue, is what makes a queued task's CPU look for it in time.
 */
static __always_inline s32 place_select(struct task_struct *p, s32 prev_cpu)
{
	struct task_ctx *t = task_ctx_of(p);
	struct mitosis_cpu *prev = cpu_of(prev_cpu);
	const struct cpumask *mask;
	struct mitosis_cell *c;
	u32 cell;
	bool wide;
	s32 cpu;

	if (!t || !prev)
		return prev_cpu;
	stats_ready(p, t);
	cell = queue_cell_on(task_cell(p, t), prev);
	group_join(p, t);
	/* The kernel does not ask for a task that may not migrate. */
	wide = affinity_is_wide(p, cell);
	if (wide && place_back(prev, cell, prev_cpu)) {
		place_local(p, t, dsq_of_cell(cell, prev->llc), 0);
		return prev_cpu;
	}
	c = cell_of(cell);
	mask = primary_of(cell);
	if (!mask || !c)
		return prev_cpu;
	cpu = pick_own(p, mask, prev_cpu, wide);
	if (cpu >= 0) {
		place_local(p, t,
			    wide ? dsq_of_cell(cell, place_llc(cell, mask, cpu)) : dsq_of_cpu(cpu),
			    0);
		return cpu;
	}
	if (borrowing) {
		cpu = lend_take_back(p, cell, prev_cpu);
		if (cpu >= 0) {
			place_local(p, t,
				    wide ? dsq_of_cell(cell, place_llc(cell, mask, cpu))
					 : dsq_of_cpu(cpu),
				    SCX_ENUM(scx_enq_flags, SCX_ENQ_PREEMPT));
			return cpu;
		}
		cpu = wide && c->borrows ? pick_borrowed(p, prev_cpu) : -1;
		if (cpu >= 0) {
			place_borrowed(p, t, dsq_of_cell(cell, place_llc(cell, mask, prev_cpu)),
				       cell, cpu);
			return cpu;
		}
	}
	if (cpu_owned_by(prev_cpu, cell))
		return prev_cpu;
	cpu = bpf_cpumask_any_and_distribute(mask, p->cpus_ptr);
	return cpu < nr_cpu_ids ? cpu : prev_cpu;
}

/*
 * Before an insertion into a CPU's private queue. Under the lock of that CPU's rq, as with every
 * task that has only one CPU, nothing is on its way when the CPU chooses: it takes its word back
 * itself (choose_private_waits).
 */
static __always_inline void place_expect_private(struct task_struct *p, s32 cpu,
						 struct mitosis_cell *cell)
{
	struct mitosis_cpu *c = cpu_of(cpu);

	if (!c)
		return;
	if (cpu == scx_bpf_task_cpu(p)) {
		c->private_here = 1;
	} else {
		used_expect(&c->private_used);
	}
	if (cell && p->nr_cpus_allowed > 1 && cell->movable < PLACE_LOOKS)
		cell->movable = PLACE_LOOKS;
}

/* No queue fits: whichever CPU may run it does, as its last resort. */
static __always_inline void place_overflow(struct task_struct *p, u64 enq_flags)
{
	s32 cpu;

	used_expect(&overflow_used);
	scx_insert(p, dsq_overflow(), slice_ns, enq_flags);
	cpu = scx_bpf_pick_idle_cpu(p->cpus_ptr, 0);
	if (cpu < 0 && is_last(enq_flags))
		cpu = scx_bpf_task_cpu(p);
	if (cpu >= 0)
		kick_idle(cpu);
}

static __always_inline void place_private(struct task_struct *p, struct task_ctx *t, s32 cpu,
					  u32 cell, u64 enq_flags)
{
	struct mitosis_counters *stats = stats_here(t->cell);
	u64 dsq = dsq_of_cpu(cpu);

	if (stats) {
		stats->dispatch_cpu_queue++;
		stats->affinity_violations++;
	}
	pin_check(p, t);
	order_place_private(p, t, cpu);
	place_expect_private(p, cpu, cell_of(cell));
	scx_insert_vtime(p, dsq, slice_ns, t->vtime, enq_flags);
	shrink_for(t, cpu);
	/*
	 * The CPU whose rq is locked either is idle, and its bit says so, or looks into its queue
	 * again; unless it is about to go idle, which SCX_ENQ_LAST says. Of another CPU nothing is
	 * certain before the kick is carried out.
	 */
	if (borrowing && cpu_owned_by(cpu, cell) && lend_claim(cpu, cell))
		kick_preempt(cpu);
	else if (scx_bpf_test_and_clear_cpu_idle(cpu) || cpu != scx_bpf_task_cpu(p) ||
		 is_last(enq_flags))
		kick_idle(cpu);
	else
		steal_offer(p, primary_of(cell));
}

/*
 * Whether a CPU takes from its own LLC's queue alone. Then which CPU is taken back decides where
 * the task waits; else where it waits does not matter to the CPU.
 */
static __always_inline bool place_llcs_apart(void)
{
	return nr_llcs > 1 && !work_stealing;
}

/* Nobody of the cell is idle: a guest makes room, or another cell's CPU helps. */
static __always_inline bool place_find_help(struct task_struct *p, const struct mitosis_cell *c,
					    u32 cell)
{
	s32 here = scx_bpf_task_cpu(p), cpu = -1;

	if (!place_llcs_apart())
		cpu = lend_take_back(p, cell, here);
	if (cpu >= 0) {
		kick_preempt(cpu);
		return true;
	}
	cpu = c->borrows ? pick_borrowed(p, here) : -1;
	if (cpu >= 0)
		kick_idle(cpu);
	return cpu >= 0;
}

/*
 * The insertion takes effect when enqueue returns, kicks after that. So a CPU that goes idle after
 * the search below may miss the task, for a tick at most (choose_tick); the CPU whose rq is locked
 * cannot, if it serves the queue and is not itself about to go idle. Otherwise one that serves it
 * is kicked whatever it seemed to do.
 */
static __always_inline void place_cell(struct task_struct *p, struct task_ctx *t,
				       struct mitosis_cell *c, u32 cell, const struct cpumask *mask,
				       u64 enq_flags)
{
	struct mitosis_counters *stats = stats_here(t->cell);
	s32 here = scx_bpf_task_cpu(p), cpu = pick_idle(mask), back = -1, serves;
	struct mitosis_queue *q;
	u32 llc;

	if (cpu < 0 && borrowing && place_llcs_apart()) {
		back = lend_take_back(p, cell, here);
		if (back >= 0)
			kick_preempt(back);
	}
	serves = cpu < 0 ? back : cpu;
	if (serves < 0)
		serves = cpu_owned_by(here, cell) ? here : bpf_cpumask_any_distribute(mask);
	llc = place_llc(cell, mask, serves);
	q = queue_of(cell, llc);

	if (!q || !q->exists) { /* the cell has just lost its last CPU */
		place_overflow(p, enq_flags);
		if (cpu >= 0)
			kick_idle(cpu);
		return;
	}
	if (stats)
		stats->dispatch_cell_queue++;
	order_queue(p, t, c, q, cell, llc, enq_flags);
	want_more(c, cell, llc);
	if (back >= 0 || (cpu < 0 && borrowing && place_find_help(p, c, cell)))
		return;
	if (cpu < 0 && (is_last(enq_flags) || serves != here))
		cpu = serves;
	if (cpu >= (s32)nr_cpu_ids)
		cpu = scx_bpf_pick_idle_cpu(p->cpus_ptr, 0);
	if (cpu >= 0)
		kick_idle(cpu);
}

/* Every way out inserts the task exactly once. */
static __always_inline void place_enqueue(struct task_struct *p, u64 enq_flags)
{
	struct task_ctx *t = task_ctx_of(p);
	const struct cpumask *mask;
	struct mitosis_cell *c;
	u32 cell;
	s32 cpu;

	if (!t) {
		place_overflow(p, enq_flags);
		return;
	}
	stats_ready(p, t);
	t->yielded = 0;
	cell = queue_cell_of(task_cell(p, t));
	c = cell_of(cell);
	group_join(p, t);
	mask = primary_of(cell);
	cpu = pick_only(p);
	if (cpu < 0 && c && mask && task_is_wide(p, cell)) {
		place_cell(p, t, c, cell, mask, enq_flags);
		return;
	}
	if (cpu < 0)
		cpu = pick_private(p, t, mask, scx_bpf_task_cpu(p));
	if (cpu_is_online(cpu))
		place_private(p, t, cpu, cell, enq_flags);
	else
		place_overflow(p, enq_flags);
}

#endif
