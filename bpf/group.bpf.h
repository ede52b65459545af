/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cpu.weight inside a cell. A cgroup below the cell's own that has the CPU controller is a group:
 * its tasks and groups share what its weight gives it among its siblings, as with the kernel's own
 * scheduler, however many they are. Tasks directly in the cell's cgroup are in no group and cost
 * nothing here. A cell without a CPU is a group itself, also without the controller, and shares the
 * root cell's CPUs with the others of its kind and the root cell's groups, times the cell's weight.
 *
 * A group's `active` is the weight of what is runnable in it, children counted by their own weight
 * while anything is runnable in them; it is kept up to the root, so that it does not depend on
 * which cgroup owns a cell. A task's effective weight is, from its own weight on and level by level
 * up to the cell,
 *
 *     weight := weight of the group x weight / active of the group
 *
 * (the shares of Linux' group scheduling, Documentation/scheduler/sched-design-CFS.rst, flattened).
 */
#ifndef MITOSIS_GROUP_BPF_H
#define MITOSIS_GROUP_BPF_H

#include "scx.bpf.h"
#include "intf.h"
#include "cell.bpf.h"
#include "task.bpf.h"
#include "vtime.h"

#define GROUP_MAX_DEPTH 16

struct group {
	u64 parent;  /* cgroup id of the next group up, or 0 */
	u64 active;  /* weight of what is runnable in it; a moment's races may let it be off */
	u32 weight;  /* cpu.weight, 1 .. 10000 */
	u32 counted; /* its weight as its parent counts it now; 0 while nothing is runnable in it */
	u32 bare;    /* it has no CPU controller; only here because it owns a cell */
	u32 pad;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1 << 16);
	__type(key, u64);
	__type(value, struct group);
} groups SEC(".maps");

static __always_inline struct group *group_of(u64 cgroup)
{
	return cgroup ? bpf_map_lookup_elem(&groups, &cgroup) : NULL;
}

/* Something worth `weight` became runnable in the group. */
static __noinline void group_add(u64 cgroup, u32 weight)
{
	int i;

	bpf_for (i, 0, GROUP_MAX_DEPTH) {
		struct group *g = group_of(cgroup);

		if (!g || __sync_fetch_and_add(&g->active, weight))
			return;
		g->counted = g->weight;
		weight = g->counted;
		cgroup = g->parent;
	}
}

/* Something that was worth `weight` is no more. */
static __noinline void group_sub(u64 cgroup, u32 weight)
{
	int i;

	bpf_for (i, 0, GROUP_MAX_DEPTH) {
		struct group *g = group_of(cgroup);
		u64 before;

		if (!g)
			return;
		before = __sync_fetch_and_sub(&g->active, weight);
		/* Counted before the controller went and came again: not in this one. */
		if (before < weight)
			__sync_fetch_and_add(&g->active, weight);
		if (before != weight)
			return;
		weight = g->counted;
		g->counted = 0;
		cgroup = g->parent;
	}
}

/* A cgroup got the CPU controller. Parents come first. */
static __always_inline int group_come(struct cgroup *cgrp, u32 weight)
{
	struct group g = {.weight = weight}, *bare;
	u64 id = cgrp->kn->id;
	struct cgroup *parent;
	int err;

	if (!cgrp->level)
		return 0;
	bare = group_of(id);
	if (bare) {
		g.active = bare->active;
		g.counted = bare->counted;
	}
	parent = bpf_cgroup_ancestor(cgrp, cgrp->level - 1);
	if (parent) {
		u64 up = parent->kn->id;

		bpf_cgroup_release(parent);
		if (group_of(up))
			g.parent = up;
	}
	err = bpf_map_update_elem(&groups, &id, &g, BPF_ANY);
	if (!err && g.counted)
		group_add(g.parent, g.counted);
	return err;
}

/* A cgroup came to own a cell. */
static __always_inline int group_come_with_cell(u64 cgroup)
{
	struct group g = {.weight = VTIME_WEIGHT_ONE, .bare = 1};

	if (group_of(cgroup))
		return 0;
	return bpf_map_update_elem(&groups, &cgroup, &g, BPF_NOEXIST);
}

static __always_inline void group_go_with_cell(u64 cgroup)
{
	struct group *g = group_of(cgroup);

	if (g && g->bare)
		bpf_map_delete_elem(&groups, &cgroup);
}

/* A cgroup has no CPU controller any more, or is gone. One that owns a cell stays, bare. */
static __always_inline void group_go(u64 cgroup, bool owns_cell)
{
	struct group *g = group_of(cgroup);
	u64 parent;
	u32 counted;

	if (!g)
		return;
	parent = g->parent;
	counted = g->counted;
	if (owns_cell) {
		g->parent = 0;
		g->weight = VTIME_WEIGHT_ONE;
		g->bare = 1;
	} else {
		bpf_map_delete_elem(&groups, &cgroup);
	}
	if (counted)
		group_sub(parent, counted);
}

static __always_inline void group_set_weight(u64 cgroup, u32 weight)
{
	struct group *g = group_of(cgroup), *parent;
	u32 before;

	if (!g)
		return;
	before = g->counted;
	g->weight = weight;
	if (!before)
		return;
	g->counted = weight;
	parent = group_of(g->parent);
	if (parent)
		__sync_fetch_and_add(&parent->active, (s64)weight - before);
}

static __always_inline void group_leave(struct task_ctx *t)
{
	if (!t->counted_in)
		return;
	group_sub(t->counted_in, t->counted);
	t->counted_in = 0;
}

/* The task is runnable. */
static __always_inline void group_join(struct task_struct *p, struct task_ctx *t)
{
	u32 weight = p->scx.weight;

	if (t->counted_in == t->group && (!t->group || t->counted == weight))
		return;
	group_leave(t);
	if (!t->group)
		return;
	t->counted_in = t->group;
	t->counted = weight;
	group_add(t->group, weight);
}

/*
 * A task's weight, scaled, seen from the level above the last group: up to the cgroup `end`, which
 * is not counted, or to the top with 0.
 */
static __noinline u64 group_weight(u32 weight, u64 cgroup, u64 end)
{
	u64 scaled = (u64)weight << VTIME_SCALE_BITS;
	int i;

	bpf_for (i, 0, GROUP_MAX_DEPTH) {
		struct group *g = cgroup == end ? NULL : group_of(cgroup);

		if (!g)
			break;
		scaled = vtime_share(scaled, g->weight, g->active);
		cgroup = g->parent;
	}
	return scaled;
}

/* Virtual time that running for `ns` costs the task. */
static __always_inline u64 group_charge(struct task_struct *p, const struct task_ctx *t, u64 ns)
{
	struct mitosis_cell *c;
	u64 scaled;

	if (!t->group)
		return vtime_cost(ns, p->scx.weight);
	c = cell_of(t->cell);
	if (!c || !cell_is_pooled(c, t->cell))
		return vtime_cost_scaled(ns,
					 group_weight(p->scx.weight, t->group, c ? c->cgroup : 0));
	scaled = group_weight(p->scx.weight, t->group, 0);
	return vtime_cost_scaled(ns, scaled * c->weight / VTIME_WEIGHT_ONE);
}

#endif
