/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ownership: which cell owns which CPU, and the masks that say so. Written by apply.bpf.h and on
 * CPU hotplug, read by every callback. Knows nothing of the order in which a cell's tasks run.
 *
 * cpu->owner is the truth for a CPU that looks for work, a cell's primary mask for a task that
 * looks for a CPU; they differ for a moment while a CPU moves, and running() mends what slips
 * through.
 */
#ifndef MITOSIS_CELL_BPF_H
#define MITOSIS_CELL_BPF_H

#include "scx.bpf.h"
#include "intf.h"

const volatile __u32 nr_cpu_ids = 1;
const volatile __u32 nr_cells = 1;
const volatile __u32 nr_cell_words = 1; /* of 64 bits that hold nr_cells */
const volatile __u32 nr_llcs = 1;
const volatile __u32 nr_possible_cpus = 1;
const volatile __u32 smt_on = 0;
const volatile __u32 borrowing = 0; /* cells may use each other's idle CPUs */

/* May change at any time; whoever reads it twice in one decision keeps the first answer. */
volatile __u64 slice_ns = 20000000;

/* Cells whose queue no CPU serves; while it is 0 nobody looks for them among the bits. */
__u32 nr_orphans;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* nr_cell_words */
	__type(key, u32);
	__type(value, u64);
} orphans SEC(".maps");

/*
 * Raised after every change of which cgroup owns a cell (cgroup.bpf.h) and of which cells have no
 * CPU; starts above what a new task_ctx holds.
 */
__u64 owners_epoch = 1;

struct cell_masks {
	struct bpf_cpumask __kptr *primary;  /* owned and online */
	struct bpf_cpumask __kptr *next;     /* scratch of apply_config */
	struct bpf_cpumask __kptr *envelope; /* all it could ever own */
	struct bpf_cpumask __kptr *coming;   /* scratch of apply_config: the next envelope */
	struct bpf_cpumask __kptr *lent;     /* owned, and another cell's task is there */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* nr_cpu_ids */
	__type(key, u32);
	__type(value, struct mitosis_cpu);
} cpus SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* nr_cells */
	__type(key, u32);
	__type(value, struct mitosis_cell);
} cells SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* nr_cells */
	__type(key, u32);
	__type(value, struct cell_masks);
} masks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* nr_cells * nr_llcs */
	__type(key, u32);
	__type(value, struct mitosis_queue);
} queues SEC(".maps");

static __always_inline void mask_release(struct bpf_cpumask *mask)
{
	if (mask)
		bpf_cpumask_release(mask);
}

/* A new, empty one in the place of what was there. */
static __always_inline int mask_renew(struct bpf_cpumask __kptr **place)
{
	struct bpf_cpumask *mask = bpf_cpumask_create();

	if (!mask)
		return -ENOMEM;
	mask_release(bpf_kptr_xchg(place, mask));
	return 0;
}

/* The CPU chooses anew, also if it is this one. */
static __always_inline void kick(s32 cpu)
{
	scx_bpf_kick_cpu(cpu, 0);
}

static __always_inline void kick_idle(s32 cpu)
{
	scx_bpf_kick_cpu(cpu, SCX_ENUM(scx_kick_flags, SCX_KICK_IDLE));
}

static __always_inline void kick_preempt(s32 cpu)
{
	scx_bpf_kick_cpu(cpu, SCX_ENUM(scx_kick_flags, SCX_KICK_PREEMPT));
}

static __always_inline struct mitosis_cpu *cpu_of(u32 cpu)
{
	return bpf_map_lookup_elem(&cpus, &cpu);
}

/*
 * Moves the first task of the queue that may run on the CPU to it, if there is one. Where it is on
 * another CPU's rq that lets go of the CPU's own rq lock, also when somebody else gets it.
 */
static __always_inline bool cpu_take(struct mitosis_cpu *c, u64 dsq)
{
	c->tried = 1;
	return scx_take(dsq);
}

static __always_inline struct mitosis_cell *cell_of(u32 cell)
{
	return bpf_map_lookup_elem(&cells, &cell);
}

static __always_inline struct mitosis_queue *queue_of(u32 cell, u32 llc)
{
	u32 key = cell * nr_llcs + llc;

	return bpf_map_lookup_elem(&queues, &key);
}

/* The caller must be in an RCU section, as every non-sleepable program is. */
static __always_inline const struct cpumask *primary_of(u32 cell)
{
	struct cell_masks *m = bpf_map_lookup_elem(&masks, &cell);

	return m ? (const struct cpumask *)m->primary : NULL;
}

static __always_inline struct bpf_cpumask *lent_of(u32 cell)
{
	struct cell_masks *m = bpf_map_lookup_elem(&masks, &cell);

	return m ? m->lent : NULL;
}

static __always_inline const struct cpumask *envelope_of(u32 cell)
{
	struct cell_masks *m = bpf_map_lookup_elem(&masks, &cell);

	return m ? (const struct cpumask *)m->envelope : NULL;
}

/* The cell whose queue serves the tasks of `cell`: itself while it has a CPU, else the root cell.
 */
static __always_inline u32 queue_cell_of(u32 cell)
{
	struct mitosis_cell *c = cell_of(cell);

	return c ? c->queue_cell : MITOSIS_ROOT_CELL;
}

/* The same; a cell that owns a CPU, as most tasks' does the one they use, uses its own. */
static __always_inline u32 queue_cell_on(u32 cell, const struct mitosis_cpu *c)
{
	return c->owner == cell ? cell : queue_cell_of(cell);
}

/* It has no CPU: its tasks wait in the root cell's queue. */
static __always_inline bool cell_is_pooled(const struct mitosis_cell *c, u32 id)
{
	return c->queue_cell != id;
}

static __always_inline bool cpu_is_online(s32 cpu)
{
	struct mitosis_cpu *c = cpu_of(cpu);

	return c && c->online;
}

static __always_inline bool cpu_owned_by(s32 cpu, u32 cell)
{
	struct mitosis_cpu *c = cpu_of(cpu);

	return c && c->online && c->owner == cell;
}

/*
 * A task is cell-wide when it may run on every CPU that its cell could ever own. Whichever CPU
 * comes to serve the cell's queue can then run whatever waits there, so moving CPUs strands
 * nothing.
 */
static __always_inline bool affinity_is_wide(struct task_struct *p, u32 queue_cell)
{
	const struct cpumask *envelope;

	/* Most tasks were never restricted. */
	if (p->nr_cpus_allowed >= nr_possible_cpus)
		return true;
	if (p->nr_cpus_allowed == 1)
		return false;
	envelope = envelope_of(queue_cell);
	return envelope && bpf_cpumask_subset(envelope, p->cpus_ptr);
}

static __always_inline bool task_is_wide(struct task_struct *p, u32 queue_cell)
{
	return !scx_migration_disabled(p) && affinity_is_wide(p, queue_cell);
}

static __always_inline u64 *orphan_word(u32 id)
{
	u32 word = id / 64;

	return bpf_map_lookup_elem(&orphans, &word);
}

/* No CPU serves its queues: every CPU does, as its last resort. */
static __always_inline bool cell_is_orphan(u32 id)
{
	u64 *bits = orphan_word(id);

	return bits && *(volatile u64 *)bits >> id % 64 & 1;
}

/* From now on every CPU looks into the cell's queue when it finds nothing else (leftover.bpf.h). */
static __always_inline void cell_orphan(struct mitosis_cell *c, u32 id)
{
	u64 *bits = orphan_word(id), bit = 1ULL << id % 64;

	c->orphaned_at = bpf_ktime_get_ns();
	if (bits && !(__sync_fetch_and_or(bits, bit) & bit))
		__sync_fetch_and_add(&nr_orphans, 1);
}

static __always_inline void cell_adopt(u32 id)
{
	u64 *bits = orphan_word(id), bit = 1ULL << id % 64;

	if (bits && cell_is_orphan(id) && __sync_fetch_and_and(bits, ~bit) & bit)
		__sync_fetch_and_sub(&nr_orphans, 1);
}

/* What waits in the cell's queues may not fit them any more: settle looks, now and for a while. */
static __always_inline void cell_unsweep(struct mitosis_cell *c)
{
	c->unswept_at = bpf_ktime_get_ns();
	c->unswept = 1;
}

/*
 * After the CPUs of a live cell changed: decide who serves its tasks. New tasks are sent elsewhere
 * before the queue becomes an orphan, and to the queue only when a CPU serves it.
 */
static __always_inline void cell_settle(struct mitosis_cell *c, u32 id, u32 cpus_now)
{
	bool was_pooled = cell_is_pooled(c, id);

	c->nr_cpus = cpus_now;
	if (cpus_now) {
		cell_adopt(id);
		c->queue_cell = id;
	} else {
		c->queue_cell = MITOSIS_ROOT_CELL;
		cell_orphan(c, id);
	}
	/* Its tasks see anew whom they share with (group.bpf.h). */
	if (cell_is_pooled(c, id) != was_pooled)
		__sync_fetch_and_add(&owners_epoch, 1);
}

#endif
