/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What can only be finished some time after a change: an enqueue that was under way when a cell
 * lost its queue, a CPU its place or an envelope its shape may still put a task there. Run by the
 * daemon every second; until it has run such queues stay served, so nothing waits for it but the
 * reuse of ids and the words that spare a look. And whoever idles beside a queue that he serves is
 * woken, whatever it was that kept him from seeing the task.
 */
#ifndef MITOSIS_SETTLE_BPF_H
#define MITOSIS_SETTLE_BPF_H

#include "cell.bpf.h"
#include "dsq.h"
#include "leftover.bpf.h"
#include "order.bpf.h"
#include "used.bpf.h"

static __noinline bool settle_has_queued(u32 id)
{
	u32 i;

	bpf_for (i, 0, nr_llcs) {
		u32 llc = i;
		struct mitosis_queue *q = queue_of(id, llc);

		if (q && q->exists && scx_has_queued(dsq_of_cell(id, llc)))
			return true;
	}
	return scx_has_queued(dsq_of_patient(id));
}

static __always_inline void settle_orphan(struct mitosis_cell *c, u32 id, u64 now)
{
	if (now - c->orphaned_at < SETTLE_AGE_NS || (c->has_queue && settle_has_queued(id)))
		return;
	cell_adopt(id);
	if (c->state == MITOSIS_CELL_RETIRED)
		c->state = MITOSIS_CELL_FREE;
}

/* The words of the cell's queues. */
static __always_inline void settle_queues(struct mitosis_cell *c, u32 id)
{
	u32 i;

	bpf_for (i, 0, nr_llcs) {
		u32 llc = i;
		struct mitosis_queue *q = queue_of(id, llc);

		if (q && q->exists)
			used_settle(&q->used, &q->empty, dsq_of_cell(id, llc));
	}
	used_settle(&c->patient, &c->patient_empty, dsq_of_patient(id));
}

static __noinline void settle_cell(struct mitosis_cell *c, u32 id)
{
	u64 now = bpf_ktime_get_ns();

	if (cell_is_orphan(id))
		settle_orphan(c, id, now);
	if (c->unswept) {
		leftover_sweep(id);
		if (now - c->unswept_at > SETTLE_AGE_NS)
			c->unswept = 0;
	}
	if (c->has_queue)
		settle_queues(c, id);
}

static __noinline void settle_cells(void)
{
	u32 i;

	bpf_for (i, 0, nr_cells) {
		u32 id = i;
		struct mitosis_cell *c = cell_of(id);

		if (c && c->state != MITOSIS_CELL_FREE)
			settle_cell(c, id);
	}
}

/* Whether the CPU, should it idle, missed something that it serves. */
static __always_inline bool settle_owner_waits(const struct mitosis_cpu *c)
{
	struct mitosis_cell *cell = c->online ? cell_of(c->owner) : NULL;

	return cell && order_cell_waits(cell, c->owner, c->llc);
}

static __noinline void settle_cpus(void)
{
	u32 i;

	bpf_for (i, 0, nr_cpu_ids) {
		u32 cpu = i;
		struct mitosis_cpu *c = cpu_of(cpu);
		u64 dsq = dsq_of_cpu(cpu);

		if (!c)
			continue;
		if (settle_owner_waits(c))
			kick_idle(cpu);
		if (!scx_has_queued(dsq)) {
			used_fade(&c->private_used, &c->private_empty);
			continue;
		}
		if (!*(volatile u32 *)&c->private_here)
			used_expect(&c->private_used);
		if (c->online)
			kick_idle(cpu);
		else
			leftover_spill(dsq);
	}
}

static __always_inline void settle_overflow(void)
{
	struct task_struct *p;

	used_settle(&overflow_used, &overflow_empty, dsq_overflow());
	bpf_rcu_read_lock();
	bpf_for_each (scx_dsq, p, dsq_overflow(), 0)
		leftover_wake(p->cpus_ptr);
	bpf_rcu_read_unlock();
}

#endif
