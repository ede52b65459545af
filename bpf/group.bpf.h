/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cpu.weight inside a cell. A cgroup below the cell's own that has the CPU controller is a group:
 * its tasks and groups share what its weight gives it among its siblings, as with the kernel's own
 * scheduler, however many they are. Tasks directly in the cell's cgroup are in no group and cost
 * nothing here. A cell without a CPU is a group itself, also without the controller, below the next
 * cgroup up that has it. So it shares the root cell's CPUs with the others of its kind and the root
 * cell's groups, times the cell's weight, and all below one parent have that parent's share only.
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

#define CGROUP_MAX_DEPTH 512
#define GROUP_MAX_DEPTH 16

struct group {
	/* Of what the parent is told: parent, its life, weight, counted and gone belong together.
	 * Taken when something becomes runnable in the group, or ceases to be. */
	struct bpf_spin_lock lock;
	u32 weight; /* cpu.weight, 1 .. 10000 */
	u64 parent; /* cgroup id of the next group up, or 0 */
	/* Weight of what is runnable in it. Changes may come out of order, so that it is off for a
	 * moment, also below 0. */
	s64 active;
	u32 parent_life;
	u32 counted; /* its weight as its parent counts it now; 0 while nothing is runnable in it */
	u32 gone;    /* it is no group any more: its parent counts it no more */
	u32 bare;    /* it has no CPU controller; only here because it owns a cell */
	u32 life;    /* no other group has had it, also none of the same cgroup; never 0 */
	u32 pad;
};

__u32 group_lives;

/*
 * A cgroup that finds no room here is no group: what is in it counts where it would without the
 * controller. It is no error, for that would refuse the cgroup itself, and any user to whom a part
 * of the hierarchy is delegated can make as many as there is room for.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1 << 13);
	__type(key, u64);
	__type(value, struct group);
} groups SEC(".maps");

static __always_inline struct group *group_of(u64 cgroup)
{
	return cgroup ? bpf_map_lookup_elem(&groups, &cgroup) : NULL;
}

static __always_inline u32 group_life(u64 cgroup)
{
	struct group *g = group_of(cgroup);

	return g ? g->life : 0;
}

static __always_inline void group_make(u64 cgroup, u64 parent, u32 weight, u32 bare)
{
	struct group new = {.parent = parent, .weight = weight, .bare = bare};

	new.parent_life = group_life(parent);
	new.life = __sync_fetch_and_add(&group_lives, 1) + 1;
	bpf_map_update_elem(&groups, &cgroup, &new, BPF_NOEXIST);
}

/* What a group's parent is to count from now on, beyond what it counts. */
struct group_news {
	u64 parent;
	s64 change;
	u32 parent_life;
};

/*
 * Brings `counted` up to date. Who changes `active` across 0 comes here afterwards: so the last one
 * has seen the last change, whatever the order in which the CPUs did it.
 */
static __always_inline struct group_news group_recount(struct group *g)
{
	struct group_news news;
	u32 counted;

	bpf_spin_lock(&g->lock);
	counted = !g->gone && *(volatile s64 *)&g->active > 0 ? g->weight : 0;
	news.change = (s64)counted - g->counted;
	news.parent = g->parent;
	news.parent_life = g->parent_life;
	g->counted = counted;
	bpf_spin_unlock(&g->lock);
	return news;
}

/*
 * So much weight more, or less, is runnable in the group, if it is the one of this `life`; 0 is
 * any. Returns the group's life, or 0 when there is none.
 */
__noinline u32 group_change(u64 cgroup, s64 change, u32 life)
{
	u32 found = 0;
	int i;

	bpf_for (i, 0, GROUP_MAX_DEPTH) {
		struct group *g = change ? group_of(cgroup) : NULL;
		struct group_news news;
		s64 before;

		if (!g || (life && g->life != life))
			break;
		if (!found)
			found = g->life;
		before = __sync_fetch_and_add(&g->active, change);
		if ((before > 0) == (before + change > 0))
			break;
		news = group_recount(g);
		change = news.change;
		cgroup = news.parent;
		life = news.parent_life;
	}
	return found;
}

/* The nearest group above the cgroup, or 0. */
static __noinline u64 group_above(struct cgroup *cgrp __arg_trusted)
{
	int i, level = cgrp->level;

	bpf_for (i, 1, CGROUP_MAX_DEPTH) {
		struct cgroup *ancestor = i < level ? bpf_cgroup_ancestor(cgrp, level - i) : NULL;
		u64 id;

		if (!ancestor)
			break;
		id = ancestor->kn->id;
		bpf_cgroup_release(ancestor);
		if (group_of(id))
			return id;
	}
	return 0;
}

/* The same of a cgroup that is not just being made: such a one has no id yet to find it by. */
static __noinline u64 group_above_id(u64 cgroup)
{
	struct cgroup *cgrp = bpf_cgroup_from_id(cgroup);
	u64 above = 0;

	if (cgrp) {
		above = group_above(cgrp);
		bpf_cgroup_release(cgrp);
	}
	return above;
}

/* Its parent learns what is new. */
static __always_inline void group_tell(struct group *g)
{
	struct group_news news = group_recount(g);

	group_change(news.parent, news.change, news.parent_life);
}

/* From now on the group has this place in the hierarchy. */
static __always_inline void group_move(struct group *g, u64 parent, u32 weight)
{
	u32 life = group_life(parent), old_life, before;
	u64 old;

	bpf_spin_lock(&g->lock);
	old = g->parent;
	old_life = g->parent_life;
	before = g->counted;
	g->parent = parent;
	g->parent_life = life;
	g->weight = weight;
	g->counted = 0;
	bpf_spin_unlock(&g->lock);
	group_change(old, -(s64)before, old_life);
	group_tell(g);
}

/* A cgroup got the CPU controller. Parents come first. */
static __always_inline void group_come(struct cgroup *cgrp, u32 weight)
{
	u64 id = cgrp->kn->id, parent;
	struct group *bare;

	if (!cgrp->level)
		return;
	parent = group_above(cgrp);
	bare = group_of(id);
	if (!bare) {
		group_make(id, parent, weight, 0);
		return;
	}
	bare->bare = 0;
	group_move(bare, parent, weight);
}

/* A cgroup came to own a cell. */
static __always_inline void group_come_with_cell(u64 cgroup)
{
	if (!group_of(cgroup))
		group_make(cgroup, group_above_id(cgroup), VTIME_WEIGHT_ONE, 1);
}

/* A cgroup that has children is a group now, or no more: bare ones may be below another one. */
static __noinline void group_rebase(void)
{
	u32 i;

	bpf_for (i, 1, nr_cells) {
		struct mitosis_cell *c = cell_of(i);
		struct group *g = c && c->state == MITOSIS_CELL_LIVE ? group_of(c->cgroup) : NULL;
		u64 parent;

		if (!g || !g->bare)
			continue;
		parent = group_above_id(c->cgroup);
		if (g->parent != parent)
			group_move(g, parent, g->weight);
	}
}

static __always_inline void group_remove(struct group *g, u64 cgroup)
{
	bpf_spin_lock(&g->lock);
	g->gone = 1;
	bpf_spin_unlock(&g->lock);
	group_tell(g);
	bpf_map_delete_elem(&groups, &cgroup);
}

static __always_inline void group_go_with_cell(u64 cgroup)
{
	struct group *g = group_of(cgroup);

	if (g && g->bare)
		group_remove(g, cgroup);
}

/* A cgroup has no CPU controller any more, or is gone. One that owns a cell stays, bare. */
static __always_inline void group_go(u64 cgroup, bool owns_cell)
{
	struct group *g = group_of(cgroup);

	if (!g)
		return;
	if (!owns_cell) {
		group_remove(g, cgroup);
		return;
	}
	g->bare = 1;
	group_move(g, group_above_id(cgroup), VTIME_WEIGHT_ONE);
}

static __always_inline void group_set_weight(u64 cgroup, u32 weight)
{
	struct group *g = group_of(cgroup);

	if (!g)
		return;
	bpf_spin_lock(&g->lock);
	g->weight = weight;
	bpf_spin_unlock(&g->lock);
	group_tell(g);
}

static __always_inline void group_leave(struct task_ctx *t)
{
	if (!t->counted_in)
		return;
	/* The group may have gone and come again meanwhile: that one did not count it. */
	group_change(t->counted_in, -(s64)t->counted, t->counted_life);
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
	t->counted_life = group_change(t->group, weight, 0);
}

static __always_inline u64 group_active(const struct group *g)
{
	s64 active = *(volatile s64 *)&g->active;

	return active > 0 ? active : 0;
}

/*
 * A task's weight, scaled, seen from the level above the last group: up to the cgroup `end`, which
 * is not counted, or to the top with 0.
 */
__noinline u64 group_weight(u32 weight, u64 cgroup, u64 end)
{
	u64 scaled = (u64)weight << VTIME_SCALE_BITS;
	int i;

	bpf_for (i, 0, GROUP_MAX_DEPTH) {
		struct group *g = cgroup == end ? NULL : group_of(cgroup);

		if (!g)
			break;
		scaled = vtime_share(scaled, g->weight, group_active(g));
		cgroup = g->parent;
	}
	return scaled;
}

/* The task's effective weight, scaled. */
static __always_inline u64 group_scaled(struct task_struct *p, const struct task_ctx *t)
{
	struct mitosis_cell *c;

	if (!t->group)
		return (u64)p->scx.weight << VTIME_SCALE_BITS;
	c = cell_of(t->cell);
	if (!c || !cell_is_pooled(c, t->cell))
		return group_weight(p->scx.weight, t->group, c ? c->cgroup : 0);
	return group_weight(p->scx.weight, t->group, 0) * c->weight / VTIME_WEIGHT_ONE;
}

#endif
