/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Leftovers: work that no CPU serves by its ownership. Every CPU looks here when it finds nothing
 * else, and first on every LEFTOVER_TURN-th dispatch, so that leftovers are reached however busy
 * the cells are. They are the overflow queue (tasks that could be placed nowhere) and the queues of
 * orphans (cells that lost their CPUs or their cgroup).
 */
#ifndef MITOSIS_LEFTOVER_BPF_H
#define MITOSIS_LEFTOVER_BPF_H

#include "cell.bpf.h"
#include "dsq.h"

static __noinline bool leftover_orphans(void)
{
	u32 i;

	bpf_for (i, 0, nr_cells) {
		u32 id = i;
		struct mitosis_cell *c = cell_of(id);
		if (!c || !c->orphan || !c->has_queue)
			continue;
		if (scx_take(dsq_of_cell(id, 0)) || scx_take(dsq_of_patient(id, 0)))
			return true;
	}
	return false;
}

/* Takes one task that this CPU may run, if there is one. */
static __always_inline bool leftover_take(void)
{
	if (scx_take(dsq_overflow()))
		return true;
	return *(volatile u32 *)&nr_orphans && leftover_orphans();
}

/* Moves every task of a queue to the overflow queue. Without an rq lock. */
static __noinline void leftover_spill(u64 dsq)
{
	struct task_struct *p;

	bpf_rcu_read_lock();
	bpf_for_each (scx_dsq, p, dsq, 0)
		scx_move(BPF_FOR_EACH_ITER, p, dsq_overflow());
	bpf_rcu_read_unlock();
}

/* Tasks that no longer may run on all of the envelope leave the cell's queue. */
static __noinline void leftover_sweep_queue(u32 id, u64 dsq)
{
	struct task_struct *p;

	bpf_rcu_read_lock();
	bpf_for_each (scx_dsq, p, dsq, 0) {
		const struct cpumask *envelope = envelope_of(id);

		if (envelope && !bpf_cpumask_subset(envelope, p->cpus_ptr))
			scx_move(BPF_FOR_EACH_ITER, p, dsq_overflow());
	}
	bpf_rcu_read_unlock();
}

static __always_inline void leftover_sweep(u32 id)
{
	leftover_sweep_queue(id, dsq_of_cell(id, 0));
	leftover_sweep_queue(id, dsq_of_patient(id, 0));
}

#endif
