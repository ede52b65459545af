/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CPUs that leave and come. A CPU keeps its owner while it is away; the cell's mask holds only what
 * is online. A CPU counts as online from its first dispatch on: ops.cpu_online comes before the
 * kernel lets it dispatch, and a kick in between is lost.
 */
#ifndef MITOSIS_HOTPLUG_BPF_H
#define MITOSIS_HOTPLUG_BPF_H

#include "cell.bpf.h"
#include "event.bpf.h"
#include "leftover.bpf.h"
#include "lend.bpf.h"

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

/*
 * The cell has the CPU from now on, or no more, without the daemon, which will see to it that all
 * is as it should be. Queues that lost their CPU are served by others of the cell, and swept by
 * settle.
 */
static __noinline void hotplug_book(u32 id, u32 cpu, u32 has)
{
	struct mitosis_cell *cell = cell_of(id);
	struct mitosis_cpu *c = cpu_of(cpu);
	struct mitosis_queue *q;

	if (!c || !cell || cell->state != MITOSIS_CELL_LIVE)
		return;
	mask_change(id, cpu, has);
	q = queue_of(id, c->llc);
	if (q && q->exists)
		__sync_fetch_and_add(&q->nr_cpus, has ? 1 : -1);
	cell_settle(cell, id, mask_count(id));
	cell->stale = 1;
	cell_unsweep(cell);
}

static __noinline void hotplug_change(u32 cpu, u32 online)
{
	struct mitosis_cpu *c = cpu_of(cpu);

	if (!c || c->online == online)
		return;
	c->online = online;
	event_notify(MITOSIS_EVENT_CPU, 0, 0, c->owner);
	lend_update(cpu);
	hotplug_book(c->owner, cpu, online);
}

/* Whether the tasks of the root cell may run there: none may in a partition of cpusets. */
static __always_inline bool hotplug_fits_root(u32 cpu)
{
	const struct cpumask *envelope;
	bool fits;

	bpf_rcu_read_lock();
	envelope = envelope_of(MITOSIS_ROOT_CELL);
	fits = envelope && bpf_cpumask_test_cpu(cpu, envelope);
	bpf_rcu_read_unlock();
	return fits;
}

/*
 * An online CPU that another cell has, best one that the root cell's tasks may use and then one
 * that is not its owner's last; nr_cpu_ids if there is none.
 */
static __noinline u32 hotplug_find_spare(void)
{
	u32 i, found = nr_cpu_ids, worth = 0;

	bpf_for (i, 0, nr_cpu_ids) {
		u32 cpu = i, worth_now = 1;
		struct mitosis_cpu *c = cpu_of(cpu);
		struct mitosis_cell *owner;

		if (!c || !c->online || c->owner == MITOSIS_ROOT_CELL)
			continue;
		owner = cell_of(c->owner);
		if (!owner || owner->nr_cpus > 1)
			worth_now += 1;
		if (hotplug_fits_root(cpu))
			worth_now += 2;
		if (worth_now <= worth)
			continue;
		worth = worth_now;
		found = cpu;
	}
	return found;
}

static __always_inline void hotplug_give_to_root(u32 cpu)
{
	struct mitosis_cpu *c = cpu_of(cpu);
	u32 from;

	if (!c)
		return;
	from = c->owner;
	*(volatile u32 *)&c->owner = MITOSIS_ROOT_CELL;
	hotplug_book(MITOSIS_ROOT_CELL, cpu, 1);
	hotplug_book(from, cpu, 0);
	lend_update(cpu);
	kick_preempt(cpu);
}

/*
 * Tasks of a cell without a CPU use the root cell's queues, and the daemon itself is in the root
 * cell, so it always has one: when its last CPU leaves it takes another cell's at once.
 */
static __noinline void hotplug_keep_root(void)
{
	struct mitosis_cell *root = cell_of(MITOSIS_ROOT_CELL);
	u32 cpu;

	if (!root || root->state != MITOSIS_CELL_LIVE || root->nr_cpus)
		return;
	cpu = hotplug_find_spare();
	if (cpu < nr_cpu_ids)
		hotplug_give_to_root(cpu);
}

static __always_inline void hotplug_leave(u32 cpu)
{
	struct mitosis_cpu *c = cpu_of(cpu);

	if (c)
		c->arriving = 0;
	hotplug_change(cpu, 0);
	hotplug_keep_root();
	leftover_spill(dsq_of_cpu(cpu));
	if (c && c->owner < nr_cells)
		leftover_sweep(c->owner);
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

/*
 * The kernel begins to take a CPU down. Long before it says so with ops.cpu_offline, it has every
 * task that starts there thrown out again, and waits for RCU, whose kernel thread may be among
 * them: a cell that had only this CPU would hold the whole of it up. So the CPU counts as offline
 * now; without these programs, by ops.cpu_offline.
 */
SEC("?fentry/sched_cpu_deactivate")
int BPF_PROG(cpu_leave_begins, unsigned int cpu)
{
	hotplug_change(cpu, 0);
	hotplug_keep_root();
	return 0;
}

SEC("?fexit/sched_cpu_deactivate")
int BPF_PROG(cpu_leave_ends, unsigned int cpu, int refused)
{
	if (refused)
		hotplug_come(cpu);
	return 0;
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
