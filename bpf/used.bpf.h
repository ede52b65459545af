/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Words that spare a look: while a queue's word is 0 it is empty and nothing is on its way there.
 * Set before an insertion, which is written only when that changes it; taken back by settle alone,
 * which must find the queue empty twice with so much time between that an insertion which saw the
 * word set before the first time has landed by the second.
 */
#ifndef MITOSIS_USED_BPF_H
#define MITOSIS_USED_BPF_H

#include "scx.bpf.h"
#include "intf.h"

/* No enqueue is under way for that long: it holds a spin lock with interrupts off. */
#define SETTLE_AGE_NS 1000000000ULL

enum used {
	USED_NOT = 0,
	USED_FADING = 1, /* found empty, and set no more since */
	USED = 2,
};

static __always_inline bool used_may_hold(const u32 *used)
{
	return *(const volatile u32 *)used != USED_NOT;
}

/* Before an insertion. */
static __always_inline void used_expect(u32 *used)
{
	if (*(volatile u32 *)used != USED)
		__sync_lock_test_and_set(used, USED);
}

/* From settle, which found the queue empty; `since` is its note of when it did so first. */
static __always_inline void used_fade(u32 *used, u64 *since)
{
	u64 now = bpf_ktime_get_ns();

	if (*(volatile u32 *)used == USED) {
		*since = now;
		__sync_val_compare_and_swap(used, USED, USED_FADING);
	} else if (used_may_hold(used) && now - *since > SETTLE_AGE_NS) {
		__sync_val_compare_and_swap(used, USED_FADING, USED_NOT);
	}
}

/* From settle: the word may go where the queue is empty; gone too early, it comes back. */
static __always_inline void used_settle(u32 *used, u64 *since, u64 dsq)
{
	if (scx_has_queued(dsq))
		used_expect(used);
	else
		used_fade(used, since);
}

#endif
