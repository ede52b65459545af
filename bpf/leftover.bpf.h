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

#define LEFTOVER_TURN 8

static __noinline bool leftover_orphans(void)
{
	u32 i;

	bpf_for (i, 0, nr_cells) {
		u32 id = i;
		struct mitosis_cell *c = cell_of(id);
		u64 dsq = dsq_of_cell(id, 0);

		if (!c || !c->orphan || !c->has_queue)
			continue;
		if (scx_has_queued(dsq) && scx_move_to_local(dsq))
			return true;
	}
	return false;
}

/* Takes one task that this CPU may run, if there is one. */
static __always_inline bool leftover_take(void)
{
	if (scx_has_queued(dsq_overflow()) && scx_move_to_local(dsq_overflow()))
		return true;
	return *(volatile u32 *)&nr_orphans && leftover_orphans();
}

static __always_inline bool leftover_is_due(struct mitosis_cpu *c)
{
	return c->turn++ % LEFTOVER_TURN == 0;
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

#endif
