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
#include "task.bpf.h"

#define CGROUP_MAX_DEPTH 512

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* 2 * nr_cells: old and new owners meet during apply_config */
	__type(key, u64);
	__type(value, u32);
} owners SEC(".maps");

/* Raised after every change of `owners`; starts above what a new task_ctx holds. */
__u64 owners_epoch = 1;

static __noinline u32 cgroup_nearest_cell(struct cgroup *cgrp)
{
	int level = cgrp->level, i;

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

	if (t->cgroup == id && t->owners_epoch == epoch)
		return t->cell;
	/* A full barrier: owners are read after the epoch they are stored under. */
	epoch = __sync_fetch_and_add(&owners_epoch, 0);
	t->cell = cgroup_nearest_cell(cgrp);
	t->cgroup = id;
	t->owners_epoch = epoch;
	return t->cell;
}

#endif
