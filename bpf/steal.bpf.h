/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Work for a CPU that its own queues gave none: of the same cell in other LLCs, then of other cells
 * that would borrow it. Bounded tries, guided by the bits of want.bpf.h; each CPU begins elsewhere,
 * so that many idle CPUs do not all fall upon one victim.
 */
#ifndef MITOSIS_STEAL_BPF_H
#define MITOSIS_STEAL_BPF_H

#include "cell.bpf.h"
#include "dsq.h"
#include "event.bpf.h"
#include "lend.bpf.h"
#include "order.bpf.h"
#include "stats.bpf.h"
#include "want.bpf.h"

#define STEAL_TRIES 4

/* Take from sibling LLCs and sibling CPUs; else only from queues that nobody serves any more. */
const volatile __u32 work_stealing = 0;

/* By LLC: bit LLC % 64 of those on the same NUMA node. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* nr_llcs */
	__type(key, u32);
	__type(value, u64);
} near_llcs SEC(".maps");

struct llc_mask {
	struct bpf_cpumask __kptr *cpus;
};

/* The CPUs of each LLC; made only where there is stealing. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* nr_llcs */
	__type(key, u32);
	__type(value, struct llc_mask);
} llc_masks SEC(".maps");

static __noinline int steal_init_llc(u32 llc)
{
	struct llc_mask *m = bpf_map_lookup_elem(&llc_masks, &llc);
	struct bpf_cpumask *mask = m ? bpf_cpumask_create() : NULL;
	u32 i;

	if (!m || !mask)
		return -ENOMEM;
	bpf_for (i, 0, nr_cpu_ids) {
		u32 cpu = i;
		struct mitosis_cpu *c = cpu_of(cpu);

		if (c && c->llc == llc)
			bpf_cpumask_set_cpu(cpu, mask);
	}
	mask_release(bpf_kptr_xchg(&m->cpus, mask));
	return 0;
}

static __noinline int steal_init(void)
{
	u32 i;

	if (!work_stealing || nr_llcs == 1)
		return 0;
	bpf_for (i, 0, nr_llcs) {
		int err = steal_init_llc(i);

		if (err)
			return err;
	}
	return 0;
}

/* Takes from the cell's queues in the LLCs whose number is `bit` modulo 64. */
__noinline bool steal_from_llcs(u32 cell, u32 bit)
{
	struct mitosis_cell *c = cell_of(cell);
	u32 i;

	if (!c)
		return false;
	bpf_for (i, 0, (nr_llcs + 63) / 64) {
		u32 llc = i * 64 + bit;
		struct mitosis_queue *q = llc < nr_llcs ? queue_of(cell, llc) : NULL;
		u64 dsq = dsq_of_cell(cell, llc);

		if (!q || !q->exists || (!work_stealing && q->nr_cpus))
			continue;
		if (!scx_take(dsq)) {
			want_no_more(c, cell, llc);
			continue;
		}
		if (order_look(q, dsq))
			want_more(c, cell, llc);
		return true;
	}
	return false;
}

__noinline bool steal_in_cell(u32 cpu, u32 id)
{
	struct mitosis_cpu *c = cpu_of(cpu);
	struct mitosis_cell *cell = cell_of(id);
	u64 all, some, *near;
	u32 llc;
	int i;

	if (!c || !cell)
		return false;
	llc = c->llc;
	all = *(volatile u64 *)&cell->waiting_llcs & ~(1ULL << llc % 64);
	if (!all)
		return false;
	c->tried = 1;
	near = bpf_map_lookup_elem(&near_llcs, &llc);
	bpf_for (i, 0, STEAL_TRIES) {
		struct mitosis_counters *stats;
		u32 bit;

		if (!all)
			return false;
		some = near && (all & *near) ? all & *near : all;
		bit = want_next(some, llc + 1 + cpu % 8);
		all &= ~(1ULL << bit);
		if (!steal_from_llcs(id, bit))
			continue;
		stats = stats_here(id);
		if (stats)
			stats->steals++;
		event_debug(MITOSIS_EVENT_STEAL, 0, 0, id);
		return true;
	}
	return false;
}

/* A CPU of the cell: at first of those that share the cache of `c`, then any. */
static __always_inline u32 steal_victim(const struct mitosis_cpu *c, const struct cpumask *mask,
					int tried)
{
	u32 key = c->llc;
	struct llc_mask *llc = nr_llcs > 1 && tried < STEAL_TRIES / 2
				       ? bpf_map_lookup_elem(&llc_masks, &key)
				       : NULL;
	const struct cpumask *near = llc ? (const struct cpumask *)llc->cpus : NULL;

	return near ? bpf_cpumask_any_and_distribute(mask, near) : bpf_cpumask_any_distribute(mask);
}

/* A task that waits for a busy sibling and may run here. */
__noinline bool steal_private(u32 cpu, u32 owner)
{
	const struct cpumask *mask = primary_of(owner);
	struct mitosis_cell *cell = cell_of(owner);
	struct mitosis_cpu *c = cpu_of(cpu);
	int i;

	if (!c || !cell || !mask)
		return false;
	c->tried = 1;
	bpf_for (i, 0, STEAL_TRIES) {
		u32 victim = steal_victim(c, mask, i);
		struct mitosis_counters *stats;

		if (victim >= nr_cpu_ids || victim == cpu || !scx_take(dsq_of_cpu(victim)))
			continue;
		stats = stats_here(owner);
		if (stats)
			stats->private_steals++;
		event_debug(MITOSIS_EVENT_STEAL, 0, 0, owner);
		return true;
	}
	/* A hint that others write, too: being off by some looks does not matter. */
	if (cell->movable)
		cell->movable--;
	return false;
}

/*
 * A task queued behind others of its CPU while it may run on more. One of those, by chance, is
 * woken if it idles: an idle CPU looks for nothing by itself. Wakeups need no such offer, as they
 * have searched all idle CPUs before.
 */
static __always_inline void steal_offer(const struct task_struct *p, const struct cpumask *mask)
{
	u32 cpu;

	if (!work_stealing || !mask || p->nr_cpus_allowed == 1)
		return;
	cpu = bpf_cpumask_any_and_distribute(mask, p->cpus_ptr);
	if (cpu < nr_cpu_ids && scx_bpf_test_and_clear_cpu_idle(cpu))
		kick_idle(cpu);
}

/* The first task of a queue of another cell, as a guest. */
static __always_inline bool steal_guest_from(struct mitosis_cpu *c, u32 cpu, u32 cell, u64 dsq)
{
	struct mitosis_counters *stats;
	u32 guest = c->guest;

	/* Marked first: its owner's waker must see the guest before the guest can be seen to run.
	 */
	lend_to(c, cpu, cell);
	c->tried = 1;
	if (!scx_move_to_local(dsq, SCX_ENUM(scx_enq_flags, SCX_ENQ_IMMED))) {
		/* Another CPU was faster. A guest that is here goes on, and stays to be seen. */
		if (!guest)
			lend_end(c, cpu);
		return false;
	}
	c->pull_after = cell;
	stats = stats_here(cell);
	if (stats)
		stats->dispatch_borrowed++;
	return true;
}

static __always_inline bool steal_guest_in_llc(struct mitosis_cpu *c, u32 cpu, u32 cell, u32 llc)
{
	u64 dsq = dsq_of_cell(cell, llc);
	struct mitosis_queue *q = queue_of(cell, llc);
	struct mitosis_cell *from = cell_of(cell);

	if (!q || !from || !q->exists)
		return false;
	if (!scx_has_queued(dsq)) {
		want_no_more(from, cell, llc);
		return false;
	}
	if (!steal_guest_from(c, cpu, cell, dsq))
		return false;
	if (order_look(q, dsq))
		want_more(from, cell, llc);
	return true;
}

/* The last of the cell's to be served, here as on its own CPUs. */
static __always_inline bool steal_patient_guest(struct mitosis_cpu *c, u32 cpu, u32 cell,
						struct mitosis_cell *from)
{
	u64 dsq = dsq_of_patient(cell);

	if (*(volatile u32 *)&from->patient && scx_has_queued(dsq) &&
	    steal_guest_from(c, cpu, cell, dsq))
		return true;
	want_none_but_llcs(from, cell);
	return false;
}

/* The cell's queue in this CPU's LLC before its others. */
__noinline bool steal_guest(u32 cpu, u32 cell)
{
	struct mitosis_cpu *c = cpu_of(cpu);
	struct mitosis_cell *from = cell_of(cell);
	u64 llcs;
	u32 i;
	int tries;

	if (!c || !from)
		return false;
	llcs = *(volatile u64 *)&from->waiting_llcs;
	bpf_for (tries, 0, STEAL_TRIES) {
		u32 bit;

		if (!llcs)
			break;
		bit = want_next(llcs, c->llc);
		llcs &= ~(1ULL << bit);
		bpf_for (i, 0, (nr_llcs + 63) / 64) {
			u32 llc = i * 64 + bit;

			if (llc < nr_llcs && steal_guest_in_llc(c, cpu, cell, llc))
				return true;
		}
	}
	return steal_patient_guest(c, cpu, cell, from);
}

/* Of the 64 cells of this word the next one at or after `from`, bounded tries. */
static __always_inline bool steal_from_word(struct mitosis_cpu *c, u32 cpu, u32 word, u32 from)
{
	u64 *bits = bpf_map_lookup_elem(&wanting, &word);
	u64 left = bits ? *(volatile u64 *)bits : 0;
	int tries;

	if (!left)
		want_clear(wanting_words, 1ULL << word % 64);
	if (c->owner / 64 == word)
		left &= ~(1ULL << c->owner % 64);
	bpf_for (tries, 0, STEAL_TRIES) {
		u32 bit;

		if (!left)
			return false;
		bit = want_next(left, from);
		left &= ~(1ULL << bit);
		if (steal_guest(cpu, word * 64 + bit))
			return true;
	}
	return false;
}

/*
 * Another cell's waiting task, if this CPU is lent. Cells in turn, whatever they have waiting and
 * wherever: all slices are alike, so that each gets the same time of what is to be had.
 */
__noinline bool steal_for_others(u32 cpu)
{
	struct mitosis_cpu *c = cpu_of(cpu);
	u64 words = *(volatile u64 *)wanting_words;
	u32 from, i;
	int tries;

	if (!words || !c || !lend_may_pull(c, cpu))
		return false;
	from = c->pull_after + 1;
	bpf_for (tries, 0, STEAL_TRIES) {
		u32 bit;

		if (!words)
			return false;
		/* The rest of the word of the last one first, and at the end its beginning. */
		bit = want_next(words, from / 64);
		words &= ~(1ULL << bit);
		bpf_for (i, 0, (nr_cell_words + 63) / 64) {
			u32 word = i * 64 + bit;

			if (word < nr_cell_words && steal_from_word(c, cpu, word, from))
				return true;
		}
	}
	return false;
}

#endif
