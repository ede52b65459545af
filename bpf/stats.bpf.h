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
	u64 us = ns / 1000;
	u32 bucket = 0;

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

/* The task is ready to run from now on, unless it was before. */
static __always_inline void stats_ready(struct task_ctx *t)
{
	if (!t->waiting_since)
		t->waiting_since = scx_now();
}

/* The task got the CPU `cpu`. */
static __always_inline void stats_running(struct task_ctx *t, s32 cpu)
{
	struct mitosis_counters *c = stats_on(t->cell, cpu);
	u64 since = t->waiting_since, now;

	t->waiting_since = 0;
	if (!c || !since)
		return;
	now = scx_now();
	/* Clocks of two CPUs may differ a little. */
	stats_wait(c, now > since ? now - since : 0);
}

static __always_inline void stats_ran(struct task_ctx *t, s32 cpu, u64 ns)
{
	struct mitosis_counters *c = stats_on(t->cell, cpu);

	if (c)
		c->run_ns += ns;
}

#endif
