/* SPDX-License-Identifier: GPL-2.0-only */
/* How long a turn on a CPU is. */
#ifndef MITOSIS_SLICE_BPF_H
#define MITOSIS_SLICE_BPF_H

#include "cell.bpf.h"

#define SLICE_FULL 4 /* so many waiting for a CPU leave it at full ones */
#define SLICE_MIN_NS 1000000ULL

/*
 * The more wait for this CPU the shorter a turn is, so that all have theirs within the time that
 * SLICE_FULL full ones take; not shorter than what a switch is worth.
 */
static __always_inline u64 slice_of(u32 waiting)
{
	u64 slice = slice_ns;

	if (waiting > SLICE_FULL)
		slice = slice * SLICE_FULL / waiting;
	return slice < SLICE_MIN_NS ? SLICE_MIN_NS : slice;
}

/* For a task that starts on the CPU or goes on there. */
static __always_inline void slice_share(struct task_struct *p, const struct mitosis_cpu *c)
{
	u64 slice = slice_of(c->waiting);

	if (p->scx.slice != slice)
		scx_set_slice(p, slice);
}

#endif
