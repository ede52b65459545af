/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who has work waiting: bits that an idle CPU looks at before it searches queues that are not its
 * own. They are written only when they change. A bit may be set though the queue is empty, and for
 * at most one slice be clear though it is not (an insertion lands after its enqueue returned): then
 * the CPUs that serve the queue, which never ask these bits, still do, and set the bit again.
 */
#ifndef MITOSIS_WANT_BPF_H
#define MITOSIS_WANT_BPF_H

#include "cell.bpf.h"

/* Cells that would borrow a CPU, a bit for each. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* nr_cell_words */
	__type(key, u32);
	__type(value, u64);
} wanting SEC(".maps");

/*
 * The first word, bit N % 64: word N of `wanting` may have a bit. The rest keeps its cache line
 * free.
 */
__u64 wanting_words[8] __attribute__((aligned(64)));

static __always_inline void want_set(u64 *word, u64 bit)
{
	if (!(*(volatile u64 *)word & bit))
		__sync_fetch_and_or(word, bit);
}

static __always_inline void want_clear(u64 *word, u64 bit)
{
	if (*(volatile u64 *)word & bit)
		__sync_fetch_and_and(word, ~bit);
}

static __always_inline u64 *want_word(u32 cell)
{
	u32 key = cell / 64;

	return bpf_map_lookup_elem(&wanting, &key);
}

/* Something waits in the cell's queue of this LLC, or soon will. */
static __always_inline void want_more(struct mitosis_cell *c, u32 cell, u32 llc)
{
	u64 *word;

	want_set(&c->waiting_llcs, 1ULL << llc % 64);
	if (!borrowing || !c->borrows)
		return;
	word = want_word(cell);
	if (word)
		want_set(word, 1ULL << cell % 64);
	want_set(wanting_words, 1ULL << cell / 64 % 64);
}

/* The cell's patient tasks were taken or are none; its other queues may have some. */
static __always_inline void want_none_but_llcs(struct mitosis_cell *c, u32 cell)
{
	u64 *word;

	if (!borrowing || *(volatile u64 *)&c->waiting_llcs)
		return;
	word = want_word(cell);
	if (word)
		want_clear(word, 1ULL << cell % 64);
}

/* The queue was found empty. */
static __always_inline void want_no_more(struct mitosis_cell *c, u32 cell, u32 llc)
{
	want_clear(&c->waiting_llcs, 1ULL << llc % 64);
	if (!*(volatile u32 *)&c->patient)
		want_none_but_llcs(c, cell);
}

/* Whether any cell would borrow. */
static __always_inline bool want_any(void)
{
	return *(volatile u64 *)wanting_words;
}

/* The first bit set at or after `from` (0..63), going round; the word is not 0. */
static __always_inline u32 want_next(u64 word, u32 from)
{
	from %= 64;
	if (from)
		word = word >> from | word << (64 - from);
	return (__builtin_ctzll(word) + from) % 64;
}

#endif
