/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a task to its cell: the nearest ancestor of its cgroup that owns one, in the default
 * hierarchy, which exists with and without the CPU controller and which foreign hierarchies do not
 * touch. Resolved when a task is next seen after its cgroup or the owners changed; nobody walks
 * over tasks or cgroups. Moving CPUs between cells does not change the epoch.
 */
#ifndef MITOSIS_CGROUP_BPF_H
#define MITOSIS_CGROUP_BPF_H

#include "cell.bpf.h"
#include "event.bpf.h"
#include "group.bpf.h"
#include "task.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* 2 * nr_cells: old and new owners meet during apply_config */
	__type(key, u64);
	__type(value, u32);
} owners SEC(".maps");

/*
 * Also finds the nearest group below the cell, for `group`; for a cell without a CPU that may be
 * the cell's own cgroup, which then shares with the others that use the root cell's queue.
 */
static __noinline u32 cgroup_nearest_cell(struct cgroup *cgrp, u64 *group)
{
	int level, i;

	if (!cgrp || !group)
		return MITOSIS_ROOT_CELL;
	level = cgrp->level;
	*group = 0;

	bpf_for (i, 0, CGROUP_MAX_DEPTH) {
		struct cgroup *ancestor;
		u32 *cell;
		u64 id;

		if (i > level)
			break;
		ancestor = bpf_cgroup_ancestor(cgrp, level - i);
		if (!ancestor)
			break;
		id = ancestor->kn->id;
		bpf_cgroup_release(ancestor);
		cell = bpf_map_lookup_elem(&owners, &id);
		if (!*group && (!cell || queue_cell_of(*cell) != *cell) && group_of(id))
			*group = id;
		if (cell)
			return *cell;
	}
	return MITOSIS_ROOT_CELL;
}

/* In an RCU section. */
static __always_inline u32 task_cell(struct task_struct *p, struct task_ctx *t)
{
	struct cgroup *cgrp = p->cgroups->dfl_cgrp;
	u64 id = cgrp->kn->id, epoch = *(volatile u64 *)&owners_epoch;
	u32 cell;

	if (t->cgroup == id && t->owners_epoch == epoch)
		return t->cell;
	t->pin_seen = 0;
	/* A full barrier: owners are read after the epoch they are stored under. */
	epoch = __sync_fetch_and_add(&owners_epoch, 0);
	cell = cgroup_nearest_cell(cgrp, &t->group);
	if (cell != t->cell || id != t->cgroup)
		event_debug(MITOSIS_EVENT_CELL, p->pid, id, cell);
	t->cell = cell;
	t->cgroup = id;
	t->owners_epoch = epoch;
	return t->cell;
}

#endif
