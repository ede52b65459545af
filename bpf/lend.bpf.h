/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lending: an idle CPU runs another cell's task, its guest, and the owner takes it back at once.
 *
 * cpu->guest says that a guest is on its way to the CPU or runs there, and the owner's lent mask
 * where to look for such CPUs; the mask may be behind, the word is what is claimed, by exchange. A
 * guest is pushed to an idle CPU by its waker, or pulled by a CPU that found no work of its owner.
 * The owner's waker claims the word and preempts. A guest that starts while the owner has work
 * waiting ends itself: the waker marks the work before it looks for guests, the guest marks itself
 * before it looks for work, so that one of them sees the other; ops.tick mends what slips through.
 * The same holds between the CPUs of a core, where only whole cores are lent: an owner's task that
 * starts there is the work.
 */
#ifndef MITOSIS_LEND_BPF_H
#define MITOSIS_LEND_BPF_H

#include "cell.bpf.h"

/* CPUs to borrow: online, of a cell that lends them. */
struct lend_masks {
	struct bpf_cpumask __kptr *any;	  /* whenever idle */
	struct bpf_cpumask __kptr *cores; /* when their whole core is */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct lend_masks);
} lend_masks SEC(".maps");

/* CPUs in lend_masks.cores. */
__u32 nr_lent_as_cores;

static __always_inline struct lend_masks *lend_masks_here(void)
{
	u32 key = 0;

	return bpf_map_lookup_elem(&lend_masks, &key);
}

/* How the CPU is lent now: enum mitosis_lend. */
static __always_inline u32 lend_of_cpu(const struct mitosis_cpu *c)
{
	struct mitosis_cell *owner = c->online ? cell_of(c->owner) : NULL;

	if (!owner || owner->state != MITOSIS_CELL_LIVE)
		return MITOSIS_LEND_NONE;
	if (!smt_on && owner->lend == MITOSIS_LEND_IDLE_CORES)
		return MITOSIS_LEND_ANY;
	return owner->lend;
}

/* After the CPU's owner, its policy or its presence changed. Not in an RCU section. */
static __noinline void lend_update(u32 cpu)
{
	struct lend_masks *m = lend_masks_here();
	struct mitosis_cpu *c = cpu_of(cpu);
	struct bpf_cpumask *any, *cores;
	u32 lend;

	if (!borrowing || !m || !c)
		return;
	lend = lend_of_cpu(c);
	bpf_rcu_read_lock();
	any = m->any;
	cores = m->cores;
	if (any && lend == MITOSIS_LEND_ANY)
		bpf_cpumask_set_cpu(cpu, any);
	else if (any)
		bpf_cpumask_clear_cpu(cpu, any);
	if (cores && lend == MITOSIS_LEND_IDLE_CORES) {
		if (!bpf_cpumask_test_and_set_cpu(cpu, cores))
			__sync_fetch_and_add(&nr_lent_as_cores, 1);
	} else if (cores && bpf_cpumask_test_and_clear_cpu(cpu, cores)) {
		__sync_fetch_and_sub(&nr_lent_as_cores, 1);
	}
	bpf_rcu_read_unlock();
}

static __noinline int lend_init(void)
{
	struct lend_masks *m = lend_masks_here();
	int err;

	if (!borrowing || !m)
		return 0;
	err = mask_renew(&m->any);
	return err ?: mask_renew(&m->cores);
}

/* A task of `cell` is about to use the CPU, which is not the cell's. */
static __always_inline void lend_to(struct mitosis_cpu *c, u32 cpu, u32 cell)
{
	struct bpf_cpumask *lent;

	if (c->guest == cell + 1)
		return;
	/* The exchange is the barrier between this mark and the search for the owner's work. */
	if (__sync_lock_test_and_set(&c->guest, cell + 1))
		return;
	lent = lent_of(c->owner);
	if (lent)
		bpf_cpumask_set_cpu(cpu, lent);
}

/*
 * Whoever lends the CPU anew marks the word before the mask, so that one of both sees the other;
 * what is left over may be a bit too many.
 */
static __always_inline void lend_unmark(const struct mitosis_cpu *c, u32 cpu,
					struct bpf_cpumask *lent)
{
	if (bpf_cpumask_test_and_clear_cpu(cpu, lent) && *(const volatile u32 *)&c->guest)
		bpf_cpumask_set_cpu(cpu, lent);
}

/* For lend_end() alone; a program of its own, so that it is verified once. */
__noinline bool lend_end_guest(u32 cpu)
{
	struct mitosis_cpu *c = cpu_of(cpu);
	struct bpf_cpumask *lent;

	if (!c || !__sync_lock_test_and_set(&c->guest, 0))
		return false;
	lent = lent_of(c->owner);
	if (lent)
		lend_unmark(c, cpu, lent);
	return true;
}

/* Ends the loan; false when there was none, or somebody else ended it. */
static __always_inline bool lend_end(const struct mitosis_cpu *c, u32 cpu)
{
	return c->guest && lend_end_guest(cpu);
}

/* The owner wants the CPU back: true for the one who may preempt its guest. */
static __always_inline bool lend_claim(u32 cpu, u32 owner)
{
	struct mitosis_cpu *c = cpu_of(cpu);

	if (!c || c->owner != owner || !c->online || !lend_end(c, cpu))
		return false;
	c->asked_at = scx_now();
	return true;
}

/* The CPU found nothing of its owner's: whoever asked for it was served elsewhere. */
static __always_inline void lend_forget(struct mitosis_cpu *c)
{
	if (c->asked_at)
		c->asked_at = 0;
}

/* A CPU of the cell that a guest has, now claimed for p; or -1. */
static __always_inline s32 lend_take_back(struct task_struct *p, u32 cell, s32 prev)
{
	struct bpf_cpumask *lent;
	struct mitosis_cpu *c;
	u32 cpu;
	int i;

	if (bpf_cpumask_test_cpu(prev, p->cpus_ptr) && lend_claim(prev, cell))
		return prev;
	lent = lent_of(cell);
	if (!lent)
		return -1;
	/* Another waker may be faster, or the bit be old: a second look is worth it, a search is
	 * not. */
	bpf_for (i, 0, 2) {
		cpu = bpf_cpumask_any_and_distribute((const struct cpumask *)lent, p->cpus_ptr);
		if (cpu >= nr_cpu_ids)
			return -1;
		if (lend_claim(cpu, cell))
			return cpu;
		c = cpu_of(cpu);
		if (c)
			lend_unmark(c, cpu, lent);
	}
	return -1;
}

/* Whether no task of an owner runs on another CPU of the core. */
static __always_inline bool lend_core_is_free(const struct mitosis_cpu *c, u32 cpu)
{
	u32 sibling = c->sibling;
	int i;

	bpf_for (i, 0, MITOSIS_MAX_SMT) {
		struct mitosis_cpu *s;

		if (sibling == cpu)
			break;
		s = cpu_of(sibling);
		if (!s)
			break;
		if (*(volatile u32 *)&s->runs_own)
			return false;
		sibling = s->sibling;
	}
	return true;
}

/* Whether the CPU, which found no work of its owner, may look for a guest. */
static __always_inline bool lend_may_pull(const struct mitosis_cpu *c, u32 cpu)
{
	u32 lend = lend_of_cpu(c);

	if (lend == MITOSIS_LEND_IDLE_CORES)
		return lend_core_is_free(c, cpu);
	return lend == MITOSIS_LEND_ANY;
}

/* Whether the guest of the CPU is not alone on its core, where only whole cores are lent. */
static __always_inline bool lend_core_is_shared(const struct mitosis_cpu *c, u32 cpu)
{
	return nr_lent_as_cores && lend_of_cpu(c) == MITOSIS_LEND_IDLE_CORES &&
	       !lend_core_is_free(c, cpu);
}

/* An owner's task starts: where only whole cores are lent, guests leave its core. */
static __always_inline void lend_clear_core(struct mitosis_cpu *c, u32 cpu)
{
	u32 sibling = c->sibling;
	int i;

	if (!nr_lent_as_cores || lend_of_cpu(c) != MITOSIS_LEND_IDLE_CORES)
		return;
	/* The exchange is the barrier between this mark and the search for guests. */
	__sync_lock_test_and_set(&c->runs_own, 1);
	bpf_for (i, 0, MITOSIS_MAX_SMT) {
		struct mitosis_cpu *s;

		if (sibling == cpu)
			break;
		s = cpu_of(sibling);
		if (!s)
			break;
		/* Nobody waits for it: that is not what asked_at is for. */
		if (s->owner == c->owner && s->online && lend_end(s, sibling))
			kick_preempt(sibling);
		sibling = s->sibling;
	}
}

#endif
