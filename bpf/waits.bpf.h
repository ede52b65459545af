/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Waits that have not ended. Counters have a wait once its task has run (stats.bpf.h), so a task
 * that gets no CPU would show in none of them. Who reads the counters has the queues looked through
 * first; where tasks come and go nothing is kept for that. Run by look_at_waits, which is alone.
 */
#ifndef MITOSIS_WAITS_BPF_H
#define MITOSIS_WAITS_BPF_H

#include "cell.bpf.h"
#include "dsq.h"
#include "leftover.bpf.h"
#include "stats.bpf.h"
#include "task.bpf.h"

static __noinline void waits_forget(void)
{
	u32 i;

	bpf_for (i, 0, nr_cells) {
		u32 id = i;
		struct mitosis_cell *c = cell_of(id);

		if (!c || !c->waiters)
			continue;
		c->waiters = 0;
		c->waited_ns = 0;
	}
}

/* Books what waits in a queue on the cells of the tasks, which may be several. */
static __noinline void waits_add(u64 dsq)
{
	u64 now = scx_now();
	struct task_struct *p;

	bpf_rcu_read_lock();
	bpf_for_each (scx_dsq, p, dsq, 0) {
		struct task_ctx *t = task_ctx_of(p);
		struct mitosis_cell *c = t ? cell_of(t->cell) : NULL;

		if (!c)
			continue;
		c->waiters++;
		c->waited_ns += stats_uncounted(p, t, now);
	}
	bpf_rcu_read_unlock();
}

static __noinline void waits_add_cell(const struct mitosis_cell *c, u32 id)
{
	u32 i;

	bpf_for (i, 0, nr_llcs) {
		u32 llc = i;

		if (c->waiting_llcs & 1ULL << llc % 64)
			waits_add(dsq_of_cell(id, llc));
	}
	if (c->patient)
		waits_add(dsq_of_patient(id));
}

static __noinline void waits_add_cells(void)
{
	u32 i;

	bpf_for (i, 0, nr_cells) {
		u32 id = i;
		struct mitosis_cell *c = cell_of(id);

		if (c && c->has_queue)
			waits_add_cell(c, id);
	}
}

static __noinline void waits_add_cpus(void)
{
	u32 i;

	bpf_for (i, 0, nr_cpu_ids) {
		u32 cpu = i;
		struct mitosis_cpu *c = cpu_of(cpu);

		if (c && (c->private_here || c->private_used))
			waits_add(dsq_of_cpu(cpu));
	}
}

static __always_inline void waits_look(void)
{
	waits_forget();
	waits_add_cells();
	waits_add_cpus();
	if (overflow_used)
		waits_add(dsq_overflow());
}

#endif
