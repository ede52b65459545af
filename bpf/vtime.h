/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Arithmetic of virtual time, in nanoseconds of a task of weight 100. Plain C, also compiled by the
 * unit tests. Times wrap; only differences mean something. A task's lag is its virtual time minus
 * the clock of its queue: negative is owed service, positive is service had in advance.
 */
#ifndef MITOSIS_VTIME_H
#define MITOSIS_VTIME_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

enum vtime_limits {
	VTIME_SCALE_BITS = 10,	/* of weights that have a fraction */
	VTIME_WEIGHT_ONE = 100, /* weight at which virtual time runs like real time */
	/* Slices a task may be ahead: one slice of the lowest weight, 1, advances that much. */
	VTIME_AHEAD_SLICES = 100,
	/* The same among a CPU's private tasks, where nothing else bounds the waiting. */
	VTIME_AHEAD_PRIVATE_SLICES = 4,
};

static inline __s64 vtime_lag(__u64 vtime, __u64 clock)
{
	return (__s64)(vtime - clock);
}

/* Virtual time that running for `ns` costs. A weight of 0 is taken as the lowest. */
static inline __u64 vtime_cost(__u64 ns, __u32 weight)
{
	if (weight == VTIME_WEIGHT_ONE)
		return ns;
	return ns * VTIME_WEIGHT_ONE / (weight ? weight : 1);
}

/*
 * A weight with a fraction, seen from one level further up: its part of what is active in a group
 * of this weight. `active` may be off for a moment; a part is never more than the whole.
 */
static inline __u64 vtime_share(__u64 scaled, __u32 group_weight, __u64 active)
{
	__u64 own = (scaled >> VTIME_SCALE_BITS) + 1;

	return scaled * group_weight / (active < own - 1 ? own : active ? active : 1);
}

/* Like vtime_cost(), of a weight with a fraction. */
static inline __u64 vtime_cost_scaled(__u64 ns, __u64 scaled)
{
	return (ns * VTIME_WEIGHT_ONE << VTIME_SCALE_BITS) / (scaled ? scaled : 1);
}

static inline __s64 vtime_bound(__s64 lag, __s64 low, __s64 high)
{
	if (lag < low)
		return low;
	return lag > high ? high : lag;
}

/*
 * Where a task stands that stays in its queue's time. However long it slept it is owed at most one
 * slice; however odd its past, it stands at most `ahead` slices ahead.
 */
static inline __u64 vtime_stay(__u64 vtime, __u64 clock, __u64 slice, __s64 ahead)
{
	return clock +
	       (__u64)vtime_bound(vtime_lag(vtime, clock), -(__s64)slice, (__s64)slice * ahead);
}

/* Where a task stands that moves to another queue: its lag goes along, within one slice. */
static inline __u64 vtime_move(__u64 vtime, __u64 from, __u64 to, __u64 slice)
{
	return to + (__u64)vtime_bound(vtime_lag(vtime, from), -(__s64)slice, (__s64)slice);
}

#endif
