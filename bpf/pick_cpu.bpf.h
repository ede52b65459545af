/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which CPU a task goes to: an idle one of its cell, else one whose private queue is short. A cell
 * with CPUs gives only CPUs of its own; a task none of whose CPUs its cell owns goes where its
 * affinity lets it. What may be borrowed beyond that is searched here, too.
 */
#ifndef MITOSIS_PICK_CPU_BPF_H
#define MITOSIS_PICK_CPU_BPF_H

#include "cell.bpf.h"
#include "dsq.h"
#include "lend.bpf.h"
#include "task.bpf.h"

/* Constrained tasks choose their CPU anew, by load, each time they queue; else they keep it. */
const volatile __u32 dynamic_affinity = 0;

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

/* One CPU that p may use, if it is idle, now claimed, or -1. */
static __always_inline s32 pick_this(struct task_struct *p, const struct cpumask *mask, s32 cpu)
{
	if (cpu < nr_cpu_ids && bpf_cpumask_test_cpu(cpu, mask) &&
	    bpf_cpumask_test_cpu(cpu, p->cpus_ptr) && scx_bpf_test_and_clear_cpu_idle(cpu))
		return cpu;
	return -1;
}

/*
 * An idle CPU of mask and affinity, now claimed, or -1: of the LLC of `prev`, then of its NUMA
 * node, then any. Kernels that cannot search an intersection have one CPU of it tried, at random.
 */
static __always_inline s32 pick_idle_allowed(struct task_struct *p, const struct cpumask *mask,
					     s32 prev, u64 flags)
{
	s32 cpu = scx_select_and(p, mask, prev, flags);

	if (cpu == -EOPNOTSUPP)
		cpu = pick_this(p, mask, bpf_cpumask_any_and_distribute(mask, p->cpus_ptr));
	return cpu < 0 ? -1 : cpu;
}

/* Whether this CPU's core has only idle CPUs. */
static __always_inline bool pick_is_idle_core(s32 cpu)
{
	const struct cpumask *cores = scx_bpf_get_idle_smtmask();
	bool is_idle = bpf_cpumask_test_cpu(cpu, cores);

	scx_bpf_put_idle_cpumask(cores);
	return is_idle;
}

/* An idle CPU of the cell for p, now claimed, or -1. */
static __always_inline s32 pick_own(struct task_struct *p, const struct cpumask *mask, s32 prev,
				    bool wide)
{
	if (!wide) {
		s32 cpu = pick_this(p, mask, prev);

		return cpu >= 0 ? cpu : pick_idle_allowed(p, mask, prev, 0);
	}
	if (nr_llcs > 1) {
		s32 cpu = scx_select_and(p, mask, prev, 0);

		if (cpu != -EOPNOTSUPP)
			return cpu < 0 ? -1 : cpu;
	}
	return pick_idle(mask);
}

/* An idle CPU that another cell lends, for a cell-wide task of a cell that borrows; or -1. */
static __always_inline s32 pick_borrowed(struct task_struct *p, s32 prev)
{
	struct lend_masks *m = lend_masks_here();
	const struct cpumask *mask;
	bool free = p->nr_cpus_allowed >= nr_possible_cpus;
	s32 cpu = -1;

	if (!m)
		return -1;
	mask = (const struct cpumask *)m->any;
	if (mask)
		cpu = free ? pick_idle(mask) : pick_idle_allowed(p, mask, prev, 0);
	if (cpu >= 0 || !nr_lent_as_cores)
		return cpu;
	mask = (const struct cpumask *)m->cores;
	if (!mask)
		return -1;
	if (free) {
		cpu = scx_bpf_pick_idle_cpu(mask,
					    SCX_ENUM(scx_pick_idle_cpu_flags, SCX_PICK_IDLE_CORE));
		return cpu < 0 ? -1 : cpu;
	}
	return pick_idle_allowed(p, mask, prev,
				 SCX_ENUM(scx_pick_idle_cpu_flags, SCX_PICK_IDLE_CORE));
}

/*
 * An idle CPU of a core that is lent as a whole and may have one guest more, or -1. It is not
 * claimed: it looks for itself.
 */
static __always_inline s32 pick_beside_guest(const struct lend_masks *m)
{
	const struct cpumask *idle, *mask = (const struct cpumask *)m->cores;
	struct mitosis_cpu *c;
	u32 cpu;

	if (!nr_lent_as_cores || !mask)
		return -1;
	idle = scx_bpf_get_idle_cpumask();
	cpu = bpf_cpumask_any_and_distribute(idle, mask);
	scx_bpf_put_idle_cpumask(idle);
	c = cpu_of(cpu);
	return c && lend_may_pull(c, cpu) ? (s32)cpu : -1;
}

static __always_inline s32 pick_shorter(s32 a, s32 b)
{
	return scx_bpf_dsq_nr_queued(dsq_of_cpu(b)) < scx_bpf_dsq_nr_queued(dsq_of_cpu(a)) ? b : a;
}

/* The shorter of two private queues in mask and affinity: the one of `prev` if it may, and another.
 */
static __always_inline s32 pick_private_in(struct task_struct *p, const struct cpumask *mask,
					   s32 prev)
{
	s32 a, b = bpf_cpumask_any_and_distribute(mask, p->cpus_ptr);

	if (b >= nr_cpu_ids)
		return -1;
	if (bpf_cpumask_test_cpu(prev, mask) && bpf_cpumask_test_cpu(prev, p->cpus_ptr))
		a = prev;
	else
		a = bpf_cpumask_any_and_distribute(mask, p->cpus_ptr);
	return a < nr_cpu_ids ? pick_shorter(a, b) : -1;
}

/* The CPU in whose private queue a task waits by now, if that still may be; or -1. */
static __always_inline s32 pick_kept(struct task_struct *p, const struct task_ctx *t,
				     const struct cpumask *mask)
{
	u32 cpu = dsq_cpu(t->home);

	if (dynamic_affinity || dsq_type(t->home) != DSQ_TYPE_CPU || cpu >= nr_cpu_ids)
		return -1;
	if (!bpf_cpumask_test_cpu(cpu, p->cpus_ptr) || !bpf_cpumask_test_cpu(cpu, mask))
		return -1;
	return cpu;
}

/*
 * The CPU whose private queue a constrained task shall wait in, or -1 when it may run on no online
 * CPU: of the cell where its affinity allows one, else any.
 */
static __always_inline s32 pick_private(struct task_struct *p, const struct task_ctx *t,
					const struct cpumask *mask, s32 prev)
{
	const struct cpumask *online;
	s32 cpu = -1;

	if (mask)
		cpu = pick_kept(p, t, mask);
	if (mask && cpu < 0)
		cpu = pick_private_in(p, mask, prev);
	if (cpu < 0) {
		online = scx_bpf_get_online_cpumask();
		cpu = pick_private_in(p, online, prev);
		scx_bpf_put_cpumask(online);
	}
	return cpu >= 0 && cpu_is_online(cpu) ? cpu : -1;
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
