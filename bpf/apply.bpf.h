/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Applying a configuration. The loader stages the whole of it; apply_staged() compares it with what
 * is in force and lists the cells that differ: check everything, prepare everything that can fail,
 * then switch. Beyond the comparison it costs what changed. Order of the switch: masks, CPUs, who
 * serves whom, owners of cgroups; new queues exist before anybody can be sent to them, and old ones
 * stay served (leftover.bpf.h).
 *
 * Private queues need no sweep: a CPU serves its own whoever owns it. A cell's queues need one when
 * its envelope changes, and those whose LLC the cell left; settle repeats it for what was on its
 * way.
 */
#ifndef MITOSIS_APPLY_BPF_H
#define MITOSIS_APPLY_BPF_H

#include "cell.bpf.h"
#include "cgroup.bpf.h"
#include "dsq.h"
#include "event.bpf.h"
#include "hotplug.bpf.h"
#include "leftover.bpf.h"
#include "lend.bpf.h"
#include "prepare.bpf.h"
#include "stage.bpf.h"

/* Configurations applied so far. */
__u64 applied_configs;

/* Since the last one a cgroup became or ceased to be an owner. */
__u32 owners_changed;

/* Masks of touched cells are made anew from who owns what and is online. */
static __noinline void apply_fill_masks(void)
{
	u32 i;

	bpf_for (i, 0, nr_cpu_ids) {
		u32 cpu = i, owner = staged_owner(cpu);
		struct mitosis_cpu *c = cpu_of(cpu);
		struct mitosis_cell *cell = cell_of(owner);
		struct cell_masks *m = bpf_map_lookup_elem(&masks, &owner);
		struct bpf_cpumask *next;

		if (!c || !c->online || !cell || !cell->touched || !m)
			continue;
		bpf_rcu_read_lock();
		next = m->next;
		if (next)
			bpf_cpumask_set_cpu(cpu, next);
		bpf_rcu_read_unlock();
	}
}

/* What is prepared under the number that is in force already was for an apply that failed. */
static __noinline void apply_publish_envelope(struct mitosis_cell *c, u32 id)
{
	struct cell_masks *m = bpf_map_lookup_elem(&masks, &id);
	struct mitosis_stage_cell *s = staged_cell(id);
	struct bpf_cpumask *coming;

	if (!m || !s || !s->live || c->envelope_seq == s->envelope_seq)
		return;
	c->envelope_seq = s->envelope_seq;
	coming = bpf_kptr_xchg(&m->coming, NULL);
	if (coming)
		mask_release(bpf_kptr_xchg(&m->envelope, coming));
}

static __noinline void apply_publish_mask(u32 id)
{
	struct cell_masks *m = bpf_map_lookup_elem(&masks, &id);
	struct bpf_cpumask *next;
	u32 i;

	if (!m)
		return;
	next = bpf_kptr_xchg(&m->next, NULL);
	if (next)
		mask_release(bpf_kptr_xchg(&m->primary, next));
	bpf_for (i, 0, nr_llcs) {
		u32 llc = i;
		struct mitosis_queue *q = queue_of(id, llc);

		if (q && q->nr_cpus != q->next_cpus)
			q->nr_cpus = q->next_cpus;
	}
}

static __noinline void apply_publish_masks(void)
{
	struct mitosis_cell *c;
	u32 i, id;

	APPLY_FOR_TOUCHED(i, id, c)
	{
		apply_publish_envelope(c, id);
		apply_publish_mask(id);
		id = c->next;
	}
}

static __noinline void apply_flip_cpus(void)
{
	u32 i;

	bpf_for (i, 0, nr_cpu_ids) {
		u32 cpu = i, owner = staged_owner(cpu);
		struct mitosis_cpu *c = cpu_of(cpu);

		if (!c || c->owner == owner)
			continue;
		c->moved = c->owner < nr_cells;
		c->guest = 0;
		c->asked_at = 0;
		*(volatile u32 *)&c->owner = owner;
	}
}

/* Nothing was switched; what differs will differ again. */
static __noinline void apply_give_up(void)
{
	struct mitosis_cell *c;
	u32 i, id;

	APPLY_FOR_TOUCHED(i, id, c)
	{
		c->stale = 1;
		id = c->next;
	}
}

static __always_inline void apply_retire(struct mitosis_cell *c, u32 id)
{
	u64 cgroup = c->cgroup;

	owners_changed = 1;
	c->state = MITOSIS_CELL_RETIRED;
	c->queue_cell = MITOSIS_ROOT_CELL;
	c->nr_cpus = 0;
	cell_orphan(c, id);
	bpf_map_delete_elem(&owners, &cgroup);
	group_go_with_cell(cgroup);
}

/* Cells that lost their cgroup first: their entries make room for the new ones. */
static __noinline void apply_retire_cells(void)
{
	struct mitosis_cell *c;
	u32 i, id;

	APPLY_FOR_TOUCHED(i, id, c)
	{
		struct mitosis_stage_cell *s = staged_cell(id);

		if (s && !s->live && c->state == MITOSIS_CELL_LIVE)
			apply_retire(c, id);
		id = c->next;
	}
}

static __always_inline int apply_live(struct mitosis_cell *c, u32 id,
				      const struct mitosis_stage_cell *s)
{
	u64 cgroup = s->cgroup;

	c->lend = s->lend;
	c->borrows = s->borrows;
	c->weight = s->weight;
	cell_settle(c, id, mask_count(id));
	if (c->state != MITOSIS_CELL_LIVE) {
		c->cgroup = cgroup;
		c->state = MITOSIS_CELL_LIVE;
		owners_changed = 1;
		if (id == MITOSIS_ROOT_CELL)
			return 0;
		group_come_with_cell(cgroup);
		return bpf_map_update_elem(&owners, &cgroup, &id, BPF_ANY);
	}
	cell_unsweep(c);
	leftover_sweep(id);
	return 0;
}

static __noinline int apply_live_cells(void)
{
	struct mitosis_cell *c;
	u32 i, id;
	int err;

	APPLY_FOR_TOUCHED(i, id, c)
	{
		struct mitosis_stage_cell *s = staged_cell(id);

		err = s && s->live ? apply_live(c, id, s) : 0;
		if (err)
			return err;
		id = c->next;
	}
	return 0;
}

/* CPUs of touched cells are lent as their owner says now. */
static __noinline void apply_lend(void)
{
	u32 i;

	if (!borrowing)
		return;
	bpf_for (i, 0, nr_cpu_ids) {
		u32 cpu = i;
		struct mitosis_cpu *c = cpu_of(cpu);
		struct mitosis_cell *owner = c ? cell_of(c->owner) : NULL;

		if (c && (!owner || owner->touched))
			lend_update(cpu);
	}
}

/* Whoever runs on a CPU that changed hands is stopped, so that the new owner has it at once. */
static __noinline void apply_kick_moved(void)
{
	u32 i;

	bpf_for (i, 0, nr_cpu_ids) {
		u32 cpu = i;
		struct mitosis_cpu *c = cpu_of(cpu);

		if (!c || !c->moved)
			continue;
		c->moved = 0;
		if (c->online)
			kick_preempt(cpu);
	}
}

/* Returns 0, or a negative errno and then nothing changed (but for -E2BIG of the owners map). */
static __always_inline int apply_staged(void)
{
	int err = stage_check_cells();

	if (!err)
		err = stage_check_cpus();
	if (err)
		return err;
	owners_changed = 0;
	apply_touch();
	apply_count_cpus();
	err = apply_prepare();
	if (err) {
		apply_give_up();
		return err;
	}
	apply_fill_masks();
	apply_publish_masks();
	apply_flip_cpus();
	apply_retire_cells();
	err = apply_live_cells();
	apply_lend();
	hotplug_keep_root(); /* its CPUs may have left since the configuration was made */
	if (owners_changed)
		__sync_fetch_and_add(&owners_epoch, 1);
	applied_configs++;
	event_debug(MITOSIS_EVENT_CONFIG, 0, 0, 0);
	return err;
}

#endif
