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

/*
 * A weight with a fraction, seen from one level further up: its part of what is active in a group
 * of this weight. `active` may be off for a moment; a part is never more than the whole.
 */
static inline __u64 vtime_share(__u64 scaled, __u32 group_weight, __u64 active)
{
	__u64 own = (scaled >> VTIME_SCALE_BITS) + 1;

	return scaled * group_weight / (active < own - 1 ? own : active ? active : 1);
}

/* Virtual time that running for `ns` costs at a scaled weight. 0 is taken as the lowest. */
static inline __u64 vtime_cost(__u64 ns, __u64 scaled)
{
	if (scaled == VTIME_WEIGHT_ONE << VTIME_SCALE_BITS)
		return ns;
	return (ns * VTIME_WEIGHT_ONE << VTIME_SCALE_BITS) / (scaled ? scaled : 1);
}

/*
 * Whether a clock that advances with service, at the rate of 100 / weight, is late at who is ahead
 * of it by `lag` > 0: after more than `service` ns of it. The weight is scaled, below 2^42.
 */
static inline int vtime_is_far(__s64 lag, __u64 weight, __u64 service)
{
	return ((__u64)lag >> VTIME_SCALE_BITS) * weight > service * VTIME_WEIGHT_ONE;
}

/*
 * What a clock that shall come to `lag` from now has to go: it does the same part of the rest in
 * any time, and so the lag itself in 1.24 s (2^32 ns x ln 4/3). Less than 2^31 ns is a lag.
 */
static inline __u64 vtime_reach(__s64 lag)
{
	return (__u64)lag * 4;
}

/* What it goes of a reach that is not 0 in `ns`, less than a second: never nothing, never more. */
static inline __u64 vtime_reach_step(__u64 reach, __u64 ns)
{
	return (reach * ns >> 32) + 1;
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
