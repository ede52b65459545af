/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What can only be finished some time after a change: an enqueue that was under way when a cell
 * lost its queue, a CPU its place or an envelope its shape may still put a task there. Run now and
 * then by the daemon; until it has run such queues stay served, so nothing waits for it but the
 * reuse of ids.
 */
#ifndef MITOSIS_SETTLE_BPF_H
#define MITOSIS_SETTLE_BPF_H

#include "cell.bpf.h"
#include "dsq.h"
#include "leftover.bpf.h"

/* No enqueue is under way for that long: it holds a spin lock with interrupts off. */
#define SETTLE_AGE_NS 1000000000ULL

static __always_inline void settle_orphan(struct mitosis_cell *c, u32 id)
{
	if (bpf_ktime_get_ns() - c->orphaned_at < SETTLE_AGE_NS)
		return;
	if (c->has_queue &&
	    (scx_has_queued(dsq_of_cell(id, 0)) || scx_has_queued(dsq_of_patient(id, 0))))
		return;
	cell_adopt(c);
	if (c->state == MITOSIS_CELL_RETIRED)
		c->state = MITOSIS_CELL_FREE;
}

static __noinline void settle_cells(void)
{
	u32 i;

	bpf_for (i, 0, nr_cells) {
		u32 id = i;
		struct mitosis_cell *c = cell_of(id);

		if (!c)
			continue;
		if (c->orphan)
			settle_orphan(c, id);
		if (c->unswept) {
			c->unswept = 0;
			leftover_sweep(id);
		}
	}
}

static __noinline void settle_cpus(void)
{
	u32 i;

	bpf_for (i, 0, nr_cpu_ids) {
		u32 cpu = i;
		struct mitosis_cpu *c = cpu_of(cpu);
		u64 dsq = dsq_of_cpu(cpu);

		if (!c || !scx_has_queued(dsq))
			continue;
		if (c->online)
			scx_bpf_kick_cpu(cpu, SCX_ENUM(scx_kick_flags, SCX_KICK_IDLE));
		else
			leftover_spill(dsq);
	}
}

#endif
