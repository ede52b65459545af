/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which CPU a task goes to: an idle one of its cell, else one whose private queue is short. A cell
 * with CPUs gives only CPUs of its own; a task none of whose CPUs its cell owns goes where its
 * affinity lets it.
 */
#ifndef MITOSIS_PICK_CPU_BPF_H
#define MITOSIS_PICK_CPU_BPF_H

#include "cell.bpf.h"
#include "dsq.h"

/* An idle CPU of the mask, now claimed, or -1. Whole idle cores first. */
static __always_inline s32 pick_idle(const struct cpumask *mask)
{
	s32 cpu;

	if (smt_on) {
		cpu = scx_bpf_pick_idle_cpu(mask,
					    SCX_ENUM(scx_pick_idle_cpu_flags, SCX_PICK_IDLE_CORE));
		if (cpu >= 0)
			return cpu;
	}
	cpu = scx_bpf_pick_idle_cpu(mask, 0);
	return cpu < 0 ? -1 : cpu;
}

/* Like pick_idle(), but the CPU with warm caches before any other. */
static __always_inline s32 pick_idle_near(const struct cpumask *mask, u32 cell, s32 prev)
{
	if (cpu_owned_by(prev, cell) && scx_bpf_test_and_clear_cpu_idle(prev))
		return prev;
	return pick_idle(mask);
}

/* An idle CPU of mask and affinity, now claimed, or -1. */
static __always_inline s32 pick_idle_constrained(struct task_struct *p, const struct cpumask *mask,
						 s32 prev)
{
	s32 cpu;

	if (bpf_cpumask_test_cpu(prev, mask) && bpf_cpumask_test_cpu(prev, p->cpus_ptr) &&
	    scx_bpf_test_and_clear_cpu_idle(prev))
		return prev;
	/* No kfunc of every supported kernel searches an intersection: try one at random. */
	cpu = bpf_cpumask_any_and_distribute(mask, p->cpus_ptr);
	if (cpu < nr_cpu_ids && scx_bpf_test_and_clear_cpu_idle(cpu))
		return cpu;
	return -1;
}

static __always_inline s32 pick_shorter(s32 a, s32 b)
{
	return scx_bpf_dsq_nr_queued(dsq_of_cpu(b)) < scx_bpf_dsq_nr_queued(dsq_of_cpu(a)) ? b : a;
}

/*
 * The CPU whose private queue a constrained task shall wait in, or -1 when it may run on no online
 * CPU. The shorter of two queues, the one where it is now being one of them if it may stay.
 */
static __always_inline s32 pick_private(struct task_struct *p, const struct cpumask *mask, s32 prev)
{
	s32 a, b;

	b = mask ? bpf_cpumask_any_and_distribute(mask, p->cpus_ptr) : nr_cpu_ids;
	if (b < nr_cpu_ids) {
		if (bpf_cpumask_test_cpu(prev, mask) && bpf_cpumask_test_cpu(prev, p->cpus_ptr))
			a = prev;
		else
			a = bpf_cpumask_any_and_distribute(mask, p->cpus_ptr);
	} else {
		const struct cpumask *online = scx_bpf_get_online_cpumask();

		b = bpf_cpumask_any_and_distribute(online, p->cpus_ptr);
		if (bpf_cpumask_test_cpu(prev, online) && bpf_cpumask_test_cpu(prev, p->cpus_ptr))
			a = prev;
		else
			a = bpf_cpumask_any_and_distribute(online, p->cpus_ptr);
		scx_bpf_put_cpumask(online);
	}
	if (a >= nr_cpu_ids || b >= nr_cpu_ids)
		return -1;
	a = pick_shorter(a, b);
	return cpu_is_online(a) ? a : -1;
}

/* The one CPU a task can run on now, or -1 when it has a choice. */
static __always_inline s32 pick_only(struct task_struct *p)
{
	if (scx_migration_disabled(p))
		return scx_bpf_task_cpu(p);
	if (p->nr_cpus_allowed == 1)
		return bpf_cpumask_first(p->cpus_ptr);
	return -1;
}

#endif
