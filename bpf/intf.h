/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Structs shared by the BPF object and its loader, the only things both sides know. Sizes of the
 * machine (CPUs, cells, LLCs) are not in here: they are max_entries of maps and read-only data, set
 * by the loader. Compiled as C and as C++.
 */
#ifndef MITOSIS_INTF_H
#define MITOSIS_INTF_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

#ifndef __cplusplus
#define static_assert _Static_assert /* vmlinux.h is not C23 */
#endif

enum mitosis_limits {
	MITOSIS_ROOT_CELL = 0,
	MITOSIS_WAIT_BUCKETS = 24,
	MITOSIS_MAX_CELLS = 1 << 16, /* dsq.h gives a cell 16 bits, */
	MITOSIS_MAX_LLCS = 1 << 12,  /* an LLC 12 bits */
	MITOSIS_MAX_CPUS = 1 << 16,
	MITOSIS_REASON_LEN = 128,
	MITOSIS_MSG_LEN = 1024,
};

/* The owner of a CPU that nobody may use (not online when the configuration was made). */
#define MITOSIS_NO_CELL 0xffffffffU

/* FREE -> LIVE by apply_config; LIVE -> RETIRED by apply_config; RETIRED -> FREE by settle. */
enum mitosis_cell_state {
	MITOSIS_CELL_FREE = 0,
	MITOSIS_CELL_LIVE = 1,
	MITOSIS_CELL_RETIRED = 2,
};

/* One per CPU number, one cache line each. */
struct mitosis_cpu {
	__u64 vtime_now;   /* clock of the private queue; written under the CPU's rq lock only */
	__u32 owner;	   /* the cell whose queue this CPU serves, or MITOSIS_NO_CELL */
	__u32 llc;	   /* dense, set by the loader */
	__u32 online;	   /* 0 or 1: it dispatches, so tasks may be left to it */
	__u32 turn;	   /* dispatches so far; written by the CPU itself */
	__u64 clock_seen;  /* the owner's clock when vtime_now followed it last */
	__u32 clock_owner; /* whose clock that was */
	__u32 moved;	   /* scratch of apply_config */
	__u64 service;	   /* what its running tasks are yet to add to the owner's clock */
	__u32 waiting;	   /* tasks that waited for it when the running one started */
	__u32 arriving;	   /* came online, but did not dispatch yet */
	__u32 pad[2];
};
static_assert(sizeof(struct mitosis_cpu) == 64, "one cache line");

/* Both kinds of clock lie at offset 0, so that one pointer serves for either. */
static_assert(__builtin_offsetof(struct mitosis_cpu, vtime_now) == 0, "see order.bpf.h");

/* One per cell id, one cache line each. */
struct mitosis_cell {
	__u32 state;	   /* enum mitosis_cell_state */
	__u32 queue_cell;  /* whose queue its tasks use: itself, or the root cell while without CPU
			    */
	__u32 has_queue;   /* the DSQ exists; DSQs are kept for the id's next life */
	__u32 orphan;	   /* no CPU serves its queue: every CPU does, as its last resort */
	__u64 cgroup;	   /* owner; 0 for the root cell */
	__u64 orphaned_at; /* ns, CLOCK_MONOTONIC */
	__u64 envelope_seq;
	__u32 nr_cpus; /* owned and online */
	__u32 touched; /* scratch of apply_config */
	__u32 stale;   /* CPUs came or went: the next apply_config makes its mask anew */
	__u32 unswept; /* the envelope changed: settle looks once more for what does not fit it */
	__u32 pad[2];
};
static_assert(sizeof(struct mitosis_cell) == 64, "one cache line");

/* Virtual time of one (cell, LLC) queue, alone on its line. */
struct mitosis_clock {
	__u64 vtime_now;
	__u64 pad[7];
};
static_assert(sizeof(struct mitosis_clock) == 64, "one cache line");

/* One per cell and CPU. All are sums since the id was taken, but for the maximum. */
struct mitosis_counters {
	__u64 dispatch_local;
	__u64 dispatch_cpu_queue;
	__u64 dispatch_cell_queue;
	__u64 dispatch_borrowed;
	__u64 affinity_violations;
	__u64 run_ns;
	__u64 wait_ns;
	__u64 waits;
	__u64 wait_max_ns;
	__u64 wait_histogram[MITOSIS_WAIT_BUCKETS];
};
static_assert(sizeof(struct mitosis_counters) == 8 * (9 + MITOSIS_WAIT_BUCKETS), "no padding");

/*
 * The staged configuration: one entry per cell id here, the owner of every CPU in a second map, the
 * bits of every envelope in a third. A cell's envelope are the CPUs it could ever own; the sequence
 * number changes whenever its bits do.
 */
struct mitosis_stage_cpu {
	__u32 owner; /* a cell id, or MITOSIS_NO_CELL */
	__u32 pad;
};
static_assert(sizeof(struct mitosis_stage_cpu) == 8, "no padding");

struct mitosis_stage_cell {
	__u64 cgroup;
	__u64 envelope_seq;
	__u32 live; /* 0 or 1 */
	__u32 pad;
};
static_assert(sizeof(struct mitosis_stage_cell) == 24, "no padding");

/* Sent once through the ring buffer when the scheduler ends. */
struct mitosis_exit {
	__u32 kind; /* enum scx_exit_kind */
	__u32 pad;
	__s64 code;
	char reason[MITOSIS_REASON_LEN];
	char msg[MITOSIS_MSG_LEN];
};
static_assert(sizeof(struct mitosis_exit) == 16 + MITOSIS_REASON_LEN + MITOSIS_MSG_LEN,
	      "no padding");

#endif
