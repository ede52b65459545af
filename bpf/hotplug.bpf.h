/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CPUs that leave and come. A CPU keeps its owner while it is away; the cell's mask holds only what
 * is online. A CPU counts as online from its first dispatch on: ops.cpu_online comes before the
 * kernel lets it dispatch, and a kick in between is lost.
 */
#ifndef MITOSIS_HOTPLUG_BPF_H
#define MITOSIS_HOTPLUG_BPF_H

#include "cell.bpf.h"
#include "leftover.bpf.h"

static __always_inline u32 mask_count(u32 id)
{
	const struct cpumask *mask;
	u32 count;

	bpf_rcu_read_lock();
	mask = primary_of(id);
	count = mask ? bpf_cpumask_weight(mask) : 0;
	bpf_rcu_read_unlock();
	return count;
}

static __always_inline void mask_change(u32 id, u32 cpu, u32 on)
{
	struct cell_masks *m = bpf_map_lookup_elem(&masks, &id);
	struct bpf_cpumask *mask;

	if (!m)
		return;
	bpf_rcu_read_lock();
	mask = m->primary;
	if (mask && on)
		bpf_cpumask_set_cpu(cpu, mask);
	else if (mask)
		bpf_cpumask_clear_cpu(cpu, mask);
	bpf_rcu_read_unlock();
}

static __noinline void hotplug_change(u32 cpu, u32 online)
{
	struct mitosis_cpu *c = cpu_of(cpu);
	struct mitosis_cell *cell;
	u32 owner;

	if (!c)
		return;
	c->online = online;
	owner = c->owner;
	cell = cell_of(owner);
	if (!cell || cell->state != MITOSIS_CELL_LIVE)
		return;
	mask_change(owner, cpu, online);
	cell_settle(cell, owner, mask_count(owner));
	cell->stale = 1;
}

static __always_inline void hotplug_leave(u32 cpu)
{
	struct mitosis_cpu *c = cpu_of(cpu);

	if (c)
		c->arriving = 0;
	hotplug_change(cpu, 0);
	leftover_spill(dsq_of_cpu(cpu));
}

static __always_inline void hotplug_come(u32 cpu)
{
	struct mitosis_cpu *c = cpu_of(cpu);

	if (c && !c->online)
		c->arriving = 1;
}

/* The CPU dispatches. */
static __always_inline void hotplug_arrive(struct mitosis_cpu *c, u32 cpu)
{
	if (!c->arriving)
		return;
	c->arriving = 0;
	hotplug_change(cpu, 1);
}

/* At load: which CPUs are there, and a queue for each that can ever be. */
static __noinline int hotplug_init(void)
{
	const struct cpumask *possible = scx_bpf_get_possible_cpumask();
	const struct cpumask *online = scx_bpf_get_online_cpumask();
	int err = 0;
	u32 i;

	bpf_for (i, 0, nr_cpu_ids) {
		u32 cpu = i;
		struct mitosis_cpu *c = cpu_of(cpu);

		if (!c || !bpf_cpumask_test_cpu(cpu, possible))
			continue;
		c->online = bpf_cpumask_test_cpu(cpu, online);
		err = scx_bpf_create_dsq(dsq_of_cpu(cpu), -1);
		if (err)
			break;
	}
	scx_bpf_put_cpumask(online);
	scx_bpf_put_cpumask(possible);
	return err;
}

#endif
