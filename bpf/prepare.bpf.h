/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The first half of applying a configuration: which cells differ, and everything for them that can
 * fail (masks, queues), made but not yet in force.
 */
#ifndef MITOSIS_PREPARE_BPF_H
#define MITOSIS_PREPARE_BPF_H

#include "cell.bpf.h"
#include "dsq.h"
#include "stage.bpf.h"

/* The first touched cell; they are linked by mitosis_cell.next, and nr_cells ends the list. */
__u32 touched_cells;

/* How many they are. */
__u32 nr_touched;

/* Goes over the touched cells; the body may `continue` and `break`. */
#define APPLY_FOR_TOUCHED(i, id, c)                                                                \
	id = touched_cells;                                                                        \
	bpf_for (i, 0, nr_cells)                                                                   \
		if (!(c = id < nr_cells ? cell_of(id) : NULL))                                     \
			break;                                                                     \
		else

static __always_inline void apply_touch_cell(u32 id)
{
	struct mitosis_cell *c = cell_of(id);

	if (!c || c->touched)
		return;
	c->touched = 1;
	c->next = touched_cells;
	touched_cells = id;
	nr_touched++;
}

static __always_inline bool apply_differs(const struct mitosis_cell *c,
					  const struct mitosis_stage_cell *s)
{
	if (s->live != (c->state == MITOSIS_CELL_LIVE))
		return true;
	return s->live && (s->envelope_seq != c->envelope_seq || s->lend != c->lend ||
			   s->borrows != c->borrows || s->weight != c->weight);
}

/* Lists the cells that are not as they shall be. */
static __noinline void apply_touch(void)
{
	u32 i;

	touched_cells = nr_cells;
	nr_touched = 0;
	bpf_for (i, 0, nr_cells) {
		u32 id = i;
		struct mitosis_stage_cell *s = staged_cell(id);
		struct mitosis_cell *c = cell_of(id);

		if (!s || !c)
			continue;
		c->touched = 0;
		if (__sync_lock_test_and_set(&c->stale, 0) || apply_differs(c, s))
			apply_touch_cell(id);
	}
	bpf_for (i, 0, nr_cpu_ids) {
		u32 cpu = i, owner = staged_owner(cpu);
		struct mitosis_cpu *c = cpu_of(cpu);

		if (!c || c->owner == owner)
			continue;
		apply_touch_cell(c->owner);
		apply_touch_cell(owner);
	}
}

/* The scratch mask is empty; the mask of lent CPUs is made once for an id. */
static __noinline int apply_prepare_masks(u32 id)
{
	struct cell_masks *m = bpf_map_lookup_elem(&masks, &id);
	int err;

	if (!m)
		return -EINVAL;
	err = mask_renew(&m->next);
	if (err || !borrowing || m->lent)
		return err;
	return mask_renew(&m->lent);
}

/* Of the cell's envelope, made if it is to change, to take force with the rest. */
static __noinline int apply_prepare_envelope(u32 id)
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
	mask_release(bpf_kptr_xchg(&m->coming, mask));
	return 0;
}

/* Counts the CPUs that each touched cell will have in each LLC, online ones only. */
static __noinline void apply_count_cpus(void)
{
	struct mitosis_cell *c;
	u32 i, j, id;

	APPLY_FOR_TOUCHED(i, id, c)
	{
		bpf_for (j, 0, nr_llcs) {
			u32 llc = j;
			struct mitosis_queue *q = queue_of(id, llc);

			if (q)
				q->next_cpus = 0;
		}
		id = c->next;
	}
	bpf_for (i, 0, nr_cpu_ids) {
		u32 cpu = i, owner = staged_owner(cpu);
		struct mitosis_cpu *at = cpu_of(cpu);
		struct mitosis_queue *q;

		c = cell_of(owner);
		if (!at || !at->online || !c || !c->touched)
			continue;
		q = queue_of(owner, at->llc);
		if (q)
			q->next_cpus++;
	}
}

/* One where the cell has a CPU; the root cell may get any, by hotplug_keep_root(). */
static __noinline int apply_create_queues(u32 id)
{
	u32 i;

	bpf_for (i, 0, nr_llcs) {
		u32 llc = i;
		struct mitosis_queue *q = queue_of(id, llc);
		int err;

		if (!q || q->exists || (!q->next_cpus && id != MITOSIS_ROOT_CELL))
			continue;
		err = scx_bpf_create_dsq(dsq_of_cell(id, llc), -1);
		if (err)
			return err;
		q->exists = 1;
	}
	return 0;
}

static __always_inline int apply_prepare_cell(struct mitosis_cell *c, u32 id)
{
	struct mitosis_stage_cell *s = staged_cell(id);
	int err = 0;

	if (!s || !s->live)
		return 0;
	if (!c->has_queue)
		err = scx_bpf_create_dsq(dsq_of_patient(id), -1);
	if (err)
		return err;
	c->has_queue = 1;
	err = apply_create_queues(id);
	if (!err)
		err = apply_prepare_masks(id);
	if (!err && c->envelope_seq != s->envelope_seq)
		err = apply_prepare_envelope(id);
	return err;
}

static __noinline int apply_prepare(void)
{
	struct mitosis_cell *c;
	u32 i, id;
	int err;

	APPLY_FOR_TOUCHED(i, id, c)
	{
		err = apply_prepare_cell(c, id);
		if (err)
			return err;
		id = c->next;
	}
	return 0;
}

#endif
