/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counters per cell and CPU. Dispatch decisions count on the CPU that decides; run and waiting time
 * on the CPU that runs the task, whose rq lock makes it the only writer even when another CPU stops
 * the task.
 */
#ifndef MITOSIS_STATS_BPF_H
#define MITOSIS_STATS_BPF_H

#include "scx.bpf.h"
#include "intf.h"
#include "task.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1); /* nr_cells */
	__type(key, u32);
	__type(value, struct mitosis_counters);
} cell_stats SEC(".maps");

static __always_inline struct mitosis_counters *stats_here(u32 cell)
{
	return bpf_map_lookup_elem(&cell_stats, &cell);
}

static __always_inline struct mitosis_counters *stats_on(u32 cell, s32 cpu)
{
	if (cpu == bpf_get_smp_processor_id())
		return stats_here(cell);
	return bpf_map_lookup_percpu_elem(&cell_stats, &cell, cpu);
}

static __always_inline u32 stats_wait_bucket(u64 ns)
{
	u64 us;
	u32 bucket = 0;

	if (ns < 2000)
		return 0;
	us = ns / 1000;
	/* Binary logarithm; everything from 2^23 us on shares the last bucket. */
	if (us >> MITOSIS_WAIT_BUCKETS)
		return MITOSIS_WAIT_BUCKETS - 1;
	if (us >> 16) {
		us >>= 16;
		bucket += 16;
	}
	if (us >> 8) {
		us >>= 8;
		bucket += 8;
	}
	if (us >> 4) {
		us >>= 4;
		bucket += 4;
	}
	if (us >> 2) {
		us >>= 2;
		bucket += 2;
	}
	return bucket + (us >> 1 ? 1 : 0);
}

static __always_inline void stats_wait(struct mitosis_counters *c, u64 ns)
{
	u32 bucket = stats_wait_bucket(ns);

	c->waits++;
	c->wait_ns += ns;
	if (ns > c->wait_max_ns)
		c->wait_max_ns = ns;
	if (bucket < MITOSIS_WAIT_BUCKETS)
		c->wait_histogram[bucket]++;
}

/*
 * Waiting is measured by the kernel where it can (CONFIG_SCHED_INFO): what it added to a task's
 * run_delay when the task got a CPU is looked at once it runs there. Elsewhere it is measured here,
 * which costs two looks at a clock.
 */
static __always_inline bool stats_has_delay(const struct task_struct *p)
{
	return bpf_core_field_exists(p->sched_info.run_delay);
}

/* From another scheduling class: what it waited for there is not ours to count. */
static __always_inline void stats_enable(const struct task_struct *p, struct task_ctx *t)
{
	t->waiting_since = 0;
	if (!stats_has_delay(p))
		return;
	t->arrivals_seen = p->sched_info.pcount;
	t->delay_seen = p->sched_info.last_queued ? TASK_DELAY_FOREIGN : p->sched_info.run_delay;
}

/* The task is ready to run from now on, unless it was before. */
static __always_inline void stats_ready(const struct task_struct *p, struct task_ctx *t)
{
	if (!stats_has_delay(p) && !t->waiting_since)
		t->waiting_since = scx_now();
}

/* The task got the CPU. */
static __always_inline void stats_running(const struct task_struct *p, struct task_ctx *t, s32 cpu)
{
	u64 since = t->waiting_since, now;
	struct mitosis_counters *c;

	if (stats_has_delay(p) || !since)
		return;
	t->waiting_since = 0;
	now = scx_now();
	c = stats_on(t->cell, cpu);
	/* Clocks of two CPUs may differ a little. */
	if (c)
		stats_wait(c, now > since ? now - since : 0);
}

/* The task runs: the wait before, unless that was counted. */
static __always_inline void stats_waited(struct mitosis_counters *c, const struct task_struct *p,
					 struct task_ctx *t)
{
	u64 delay, seen = t->delay_seen;

	if (!stats_has_delay(p) || t->arrivals_seen == p->sched_info.pcount)
		return;
	delay = p->sched_info.run_delay;
	t->arrivals_seen = p->sched_info.pcount;
	t->delay_seen = delay;
	if (seen != TASK_DELAY_FOREIGN)
		stats_wait(c, delay - seen);
}

/*
 * What the task, which waits, has waited so far beyond what is counted. The kernel's clock for that
 * is scx_bpf_now()'s; without that function the time since it was queued last is not known.
 */
static __always_inline u64 stats_uncounted(const struct task_struct *p, const struct task_ctx *t,
					   u64 now)
{
	u64 since = t->waiting_since, ns = 0;

	if (stats_has_delay(p)) {
		since = bpf_ksym_exists(scx_bpf_now) ? p->sched_info.last_queued : 0;
		if (t->delay_seen != TASK_DELAY_FOREIGN)
			ns = p->sched_info.run_delay - t->delay_seen;
	}
	return since && now > since ? ns + now - since : ns;
}

/* An owner's task runs on a CPU that was asked back at `asked_at`. */
static __always_inline void stats_reclaimed(struct mitosis_counters *c, u64 asked_at)
{
	u64 now = scx_now(), ns = now > asked_at ? now - asked_at : 0;

	if (!c)
		return;
	c->reclaims++;
	c->reclaim_ns += ns;
	if (ns > c->reclaim_max_ns)
		c->reclaim_max_ns = ns;
}

static __always_inline void stats_ran(const struct task_struct *p, struct task_ctx *t, u32 owner,
				      s32 cpu, u64 ns)
{
	struct mitosis_counters *c = stats_on(t->cell, cpu);

	if (!c)
		return;
	stats_waited(c, p, t);
	c->run_ns += ns;
	if (!t->borrows)
		return;
	c->borrowed_ns += ns;
	c = stats_on(owner, cpu);
	if (c)
		c->lent_ns += ns;
}

#endif
