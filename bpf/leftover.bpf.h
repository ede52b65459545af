/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Leftovers: work that no CPU serves by its ownership. Every CPU looks here when it finds nothing
 * else, and first on every TURNS-th dispatch (choose.bpf.h), so that leftovers are reached however
 * busy the cells are. They are the overflow queue (tasks that could be placed nowhere) and the
 * queues of orphans (cells that lost their CPUs or their cgroup). While there were none lately the
 * look is one word (used.bpf.h).
 */
#ifndef MITOSIS_LEFTOVER_BPF_H
#define MITOSIS_LEFTOVER_BPF_H

#include "cell.bpf.h"
#include "dsq.h"
#include "order.bpf.h"
#include "used.bpf.h"

/* The overflow queue may hold tasks; when settle found it empty, ns, CLOCK_MONOTONIC. */
__u32 overflow_used;
__u64 overflow_empty;

__noinline bool leftover_orphan(u32 id)
{
	struct mitosis_cell *c = cell_of(id);
	u32 i;

	if (!c || !c->has_queue)
		return false;
	bpf_for (i, 0, nr_llcs) {
		u32 llc = i;
		struct mitosis_queue *q = queue_of(id, llc);

		if (q && q->exists && scx_take(dsq_of_cell(id, llc)))
			return true;
	}
	return scx_take(dsq_of_patient(id));
}

/* One step for each orphan, and one for each word of bits without any more. */
__noinline bool leftover_orphans(void)
{
	u32 i, id = 0;

	bpf_for (i, 0, nr_cells + nr_cell_words) {
		u32 word = id / 64;
		u64 *bits = bpf_map_lookup_elem(&orphans, &word);
		u64 left;

		if (!bits)
			break;
		left = *(volatile u64 *)bits >> id % 64;
		if (!left) {
			id = (word + 1) * 64;
			continue;
		}
		id += __builtin_ctzll(left);
		if (leftover_orphan(id))
			return true;
		id++;
	}
	return false;
}

__noinline bool leftover_search(void)
{
	if (used_may_hold(&overflow_used) && scx_take(dsq_overflow()))
		return true;
	return *(volatile u32 *)&nr_orphans && leftover_orphans();
}

/* Takes one task that this CPU may run, if there is one. */
static __always_inline bool leftover_take(struct mitosis_cpu *c)
{
	if (!used_may_hold(&overflow_used) && !*(volatile u32 *)&nr_orphans)
		return false;
	c->tried = 1;
	return leftover_search();
}

/* Who was moved is not to wait until a CPU that sleeps looks by chance. */
static __always_inline void leftover_wake(const struct cpumask *mask)
{
	s32 cpu = scx_bpf_pick_idle_cpu(mask, 0);

	if (cpu >= 0)
		kick_idle(cpu);
}

/* Moves every task of a queue to the overflow queue. Without an rq lock. */
static __noinline void leftover_spill(u64 dsq)
{
	struct task_struct *p;

	used_expect(&overflow_used);
	bpf_rcu_read_lock();
	bpf_for_each (scx_dsq, p, dsq, 0) {
		scx_move(BPF_FOR_EACH_ITER, p, dsq_overflow());
		leftover_wake(p->cpus_ptr);
	}
	bpf_rcu_read_unlock();
}

/* Tasks that no longer may run on all of the envelope leave the cell's queue. */
static __noinline void leftover_sweep_queue(u32 id, u64 dsq)
{
	struct task_struct *p;

	used_expect(&overflow_used);
	bpf_rcu_read_lock();
	bpf_for_each (scx_dsq, p, dsq, 0) {
		const struct cpumask *envelope = envelope_of(id);

		if (!envelope || bpf_cpumask_subset(envelope, p->cpus_ptr))
			continue;
		scx_move(BPF_FOR_EACH_ITER, p, dsq_overflow());
		leftover_wake(p->cpus_ptr);
	}
	bpf_rcu_read_unlock();
}

/* Tasks of a queue that no CPU of its cell serves any more move to one that is served. */
static __noinline void leftover_rehome(u64 from, u64 to)
{
	u64 *old = order_clock(from), *new = order_clock(to);
	struct mitosis_queue *q = queue_of(dsq_cell(to), dsq_llc(to));
	struct task_struct *p;

	if (!old || !new || !q)
		return;
	used_expect(&q->used);
	bpf_rcu_read_lock();
	bpf_for_each (scx_dsq, p, from, 0) {
		u64 vtime = vtime_move(p->scx.dsq_vtime, *(volatile u64 *)old, *(volatile u64 *)new,
				       slice_ns);
		const struct cpumask *mask = primary_of(dsq_cell(to));

		scx_move_vtime(BPF_FOR_EACH_ITER, p, to, vtime);
		if (mask)
			leftover_wake(mask);
	}
	bpf_rcu_read_unlock();
}

/* The first LLC in which the cell has CPUs; nr_llcs when it has none. */
static __noinline u32 leftover_served_llc(u32 id)
{
	u32 i;

	bpf_for (i, 0, nr_llcs) {
		u32 llc = i;
		struct mitosis_queue *q = queue_of(id, llc);

		if (q && q->nr_cpus)
			return llc;
	}
	return nr_llcs;
}

/* Puts what waits in a live cell's queues where it will be served. Without an rq lock. */
static __noinline void leftover_sweep(u32 id)
{
	u32 served = leftover_served_llc(id), i;

	bpf_for (i, 0, nr_llcs) {
		u32 llc = i;
		u64 dsq = dsq_of_cell(id, llc);
		struct mitosis_queue *q = queue_of(id, llc);

		if (!q || !q->exists || !scx_has_queued(dsq))
			continue;
		leftover_sweep_queue(id, dsq);
		if (!q->nr_cpus && served < nr_llcs)
			leftover_rehome(dsq, dsq_of_cell(id, served));
	}
	if (scx_has_queued(dsq_of_patient(id)))
		leftover_sweep_queue(id, dsq_of_patient(id));
}

#endif
