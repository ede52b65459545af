/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Applying a configuration. The loader stages the whole of it; apply_staged() compares it with what
 * is in force and touches only cells and CPUs that differ: check everything, prepare everything
 * that can fail, then switch. Order of the switch: masks, CPUs, who serves whom, owners of cgroups;
 * new queues exist before anybody can be sent to them, and old ones stay served (leftover.bpf.h).
 *
 * Private queues need no sweep: a CPU serves its own whoever owns it. Cell queues need none when
 * CPUs move, as they hold only tasks that every CPU of the envelope may run; they get one when the
 * envelope changes, and settle repeats it for what was on its way.
 */
#ifndef MITOSIS_APPLY_BPF_H
#define MITOSIS_APPLY_BPF_H

#include "cell.bpf.h"
#include "cgroup.bpf.h"
#include "dsq.h"
#include "hotplug.bpf.h"
#include "leftover.bpf.h"
#include "stage.bpf.h"

/* Configurations applied so far. */
__u64 applied_configs;

/* Marks the cells whose set of CPUs changes. */
static __noinline void apply_touch(void)
{
	u32 i;

	bpf_for (i, 0, nr_cells) {
		u32 id = i;
		struct mitosis_stage_cell *s = staged_cell(id);
		struct mitosis_cell *c = cell_of(id);

		if (s && c)
			c->touched = __sync_lock_test_and_set(&c->stale, 0) ||
				     s->live != (c->state == MITOSIS_CELL_LIVE);
	}
	bpf_for (i, 0, nr_cpu_ids) {
		u32 cpu = i, owner = staged_owner(cpu);
		struct mitosis_cpu *c = cpu_of(cpu);
		struct mitosis_cell *cell;

		if (!c || c->owner == owner)
			continue;
		cell = cell_of(c->owner);
		if (cell)
			cell->touched = 1;
		cell = cell_of(owner);
		if (cell)
			cell->touched = 1;
	}
}

static __always_inline void mask_release(struct bpf_cpumask *mask)
{
	if (mask)
		bpf_cpumask_release(mask);
}

static __noinline int apply_prepare_mask(u32 id)
{
	struct cell_masks *m = bpf_map_lookup_elem(&masks, &id);
	struct bpf_cpumask *next;

	if (!m)
		return -EINVAL;
	next = bpf_cpumask_create();
	if (!next)
		return -ENOMEM;
	mask_release(bpf_kptr_xchg(&m->next, next));
	return 0;
}

/* An envelope takes force at once: it decides how tasks queue from now on, not where they run. */
static __noinline int apply_envelope(u32 id)
{
	struct cell_masks *m = bpf_map_lookup_elem(&masks, &id);
	struct bpf_cpumask *mask;
	u32 i;

	if (!m)
		return -EINVAL;
	mask = bpf_cpumask_create();
	if (!mask)
		return -ENOMEM;
	bpf_for (i, 0, nr_cpu_ids) {
		u32 cpu = i, word = id * nr_words + cpu / 64;
		u64 *bits = bpf_map_lookup_elem(&stage_envelopes, &word);

		if (bits && (*bits >> (cpu % 64) & 1))
			bpf_cpumask_set_cpu(cpu, mask);
	}
	mask_release(bpf_kptr_xchg(&m->envelope, mask));
	return 0;
}

static __always_inline int apply_create_queue(struct mitosis_cell *c, u32 id)
{
	int err;

	if (c->has_queue)
		return 0;
	err = scx_bpf_create_dsq(dsq_of_cell(id, 0), -1);
	if (err)
		return err;
	err = scx_bpf_create_dsq(dsq_of_patient(id, 0), -1);
	if (err) {
		scx_bpf_destroy_dsq(dsq_of_cell(id, 0));
		return err;
	}
	c->has_queue = 1;
	return 0;
}

static __noinline int apply_prepare_cells(void)
{
	u32 i;

	bpf_for (i, 0, nr_cells) {
		u32 id = i;
		struct mitosis_stage_cell *s = staged_cell(id);
		struct mitosis_cell *c = cell_of(id);
		int err = 0;

		if (!s || !c)
			return -EINVAL;
		if (s->live)
			err = apply_create_queue(c, id);
		if (!err && c->touched)
			err = apply_prepare_mask(id);
		if (err)
			return err;
	}
	return 0;
}

static __noinline int apply_envelopes(void)
{
	u32 i;

	bpf_for (i, 0, nr_cells) {
		u32 id = i;
		struct mitosis_stage_cell *s = staged_cell(id);
		struct mitosis_cell *c = cell_of(id);
		int err;

		if (!s || !c || !s->live || c->envelope_seq == s->envelope_seq)
			continue;
		err = apply_envelope(id);
		if (err)
			return err;
	}
	return 0;
}

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

static __noinline void apply_publish_masks(void)
{
	u32 i;

	bpf_for (i, 0, nr_cells) {
		u32 id = i;
		struct mitosis_cell *c = cell_of(id);
		struct cell_masks *m = bpf_map_lookup_elem(&masks, &id);
		struct bpf_cpumask *next;

		if (!c || !m || !c->touched)
			continue;
		next = bpf_kptr_xchg(&m->next, NULL);
		if (next)
			mask_release(bpf_kptr_xchg(&m->primary, next));
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
		*(volatile u32 *)&c->owner = owner;
	}
}

static __always_inline void apply_retire(struct mitosis_cell *c)
{
	u64 cgroup = c->cgroup;

	c->state = MITOSIS_CELL_RETIRED;
	c->queue_cell = MITOSIS_ROOT_CELL;
	c->nr_cpus = 0;
	cell_orphan(c);
	bpf_map_delete_elem(&owners, &cgroup);
}

/* Cells that lost their cgroup first: their entries make room for the new ones. */
static __noinline void apply_retire_cells(void)
{
	u32 i;

	bpf_for (i, 0, nr_cells) {
		u32 id = i;
		struct mitosis_stage_cell *s = staged_cell(id);
		struct mitosis_cell *c = cell_of(id);

		if (s && c && !s->live && c->state == MITOSIS_CELL_LIVE)
			apply_retire(c);
	}
}

static __always_inline int apply_live(struct mitosis_cell *c, u32 id, u64 cgroup)
{
	cell_settle(c, id, mask_count(id));
	if (c->state == MITOSIS_CELL_LIVE)
		return 0;
	c->cgroup = cgroup;
	c->state = MITOSIS_CELL_LIVE;
	if (id == MITOSIS_ROOT_CELL)
		return 0;
	return bpf_map_update_elem(&owners, &cgroup, &id, BPF_ANY);
}

static __noinline int apply_live_cells(void)
{
	u32 i;

	bpf_for (i, 0, nr_cells) {
		u32 id = i;
		struct mitosis_stage_cell *s = staged_cell(id);
		struct mitosis_cell *c = cell_of(id);
		int err = 0;

		if (!s || !c || !s->live)
			continue;
		if (c->envelope_seq != s->envelope_seq) {
			c->envelope_seq = s->envelope_seq;
			c->unswept = 1;
			leftover_sweep(id);
		}
		if (c->touched)
			err = apply_live(c, id, s->cgroup);
		if (err)
			return err;
	}
	return 0;
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
			scx_bpf_kick_cpu(cpu, SCX_ENUM(scx_kick_flags, SCX_KICK_PREEMPT));
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
	apply_touch();
	err = apply_prepare_cells();
	if (!err)
		err = apply_envelopes();
	if (err)
		return err;
	apply_fill_masks();
	apply_publish_masks();
	apply_flip_cpus();
	apply_retire_cells();
	err = apply_live_cells();
	__sync_fetch_and_add(&owners_epoch, 1);
	applied_configs++;
	return err;
}

#endif
