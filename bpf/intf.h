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
	MITOSIS_MAX_SMT = 8,	   /* hardware threads of a core */
	MITOSIS_LAST_EVENTS = 512, /* kept for the kernel's dump */
	MITOSIS_REASON_LEN = 128,
	MITOSIS_MSG_LEN = 1024,
	MITOSIS_DUMP_LEN = 32768, /* the kernel's default */
};

/* The owner of a CPU that nobody may use (not online when the configuration was made). */
#define MITOSIS_NO_CELL 0xffffffffU

/* FREE -> LIVE by apply_config; LIVE -> RETIRED by apply_config; RETIRED -> FREE by settle. */
enum mitosis_cell_state {
	MITOSIS_CELL_FREE = 0,
	MITOSIS_CELL_LIVE = 1,
	MITOSIS_CELL_RETIRED = 2,
};

/* Which of its idle CPUs a cell lends; on a machine without SMT every CPU is a core. */
enum mitosis_lend {
	MITOSIS_LEND_NONE = 0,
	MITOSIS_LEND_IDLE_CORES = 1,
	MITOSIS_LEND_ANY = 2,
};

/*
 * One per CPU number. The first line is the CPU's own; the second is read by every CPU that looks
 * for one and written when a configuration, a loan or hotplug changes it.
 */
struct mitosis_cpu {
	__u64 vtime_now;    /* clock of the private queue; written under the CPU's rq lock only */
	__u64 clock_seen;   /* the clock of the queue it serves when vtime_now followed it last */
	__u64 clock_of;	    /* the queue whose clock that was */
	__u64 service;	    /* ns its tasks ran that are yet to advance that clock */
	__u32 waiting;	    /* tasks that waited for it when the running one started */
	__u32 turn;	    /* dispatches so far */
	__u32 pull_after;   /* the cell that borrowed it last by pulling */
	__u32 private_here; /* its private queue may hold tasks sent there under this rq lock */
	__u32 tried;	    /* it may have let go of its rq's lock while it chose */
	__u32 again;	    /* it has chosen anew for work that still waits */
	__s64 lag; /* of what runs, when it started; where slices are shrunk up to a tick ago */

	__u32 owner;	/* the cell whose queue this CPU serves, or MITOSIS_NO_CELL */
	__u32 llc;	/* dense, set by the loader; 0 without LLC awareness */
	__u32 online;	/* 0 or 1: it dispatches, so tasks may be left to it */
	__u32 guest;	/* 1 + the cell that borrows it, whose task is on its way or runs; or 0 */
	__u32 sibling;	/* the next CPU of its core, in a ring; itself without SMT */
	__u32 moved;	/* scratch of apply_config */
	__u32 arriving; /* came online, but did not dispatch yet */
	__u32 private_used;  /* the same under any other lock: enum used (used.bpf.h) */
	__u64 asked_at;	     /* when the owner asked for it back, ns of scx_now(); or 0 */
	__u64 private_empty; /* when settle found that queue empty, ns, CLOCK_MONOTONIC */
	__u32 runs_own;	     /* a task of the owner runs: kept where whole cores are lent */
	__u32 waiter_cell;   /* of the task sent to its private queue last, where slices are */
	__u64 waiter_ns;     /* shrunk, and that task's average stretch on a CPU */
};
static_assert(sizeof(struct mitosis_cpu) == 128, "two cache lines");

/* One per cell id. The second line is written while tasks run, the first is not. */
struct mitosis_cell {
	__u32 state;	  /* enum mitosis_cell_state */
	__u32 queue_cell; /* whose queues its tasks use: itself while it is live and has a CPU,
			     else the root cell's */
	__u32 has_queue;  /* its patient queue exists; DSQs are kept for the id's next life */
	__u32 pad1;
	__u64 cgroup;	   /* owner; 0 for the root cell */
	__u64 orphaned_at; /* ns, CLOCK_MONOTONIC */
	__u32 envelope_seq;
	__u32 nr_cpus; /* owned and online */
	__u32 lend;    /* enum mitosis_lend */
	__u32 borrows; /* 0 or 1 */
	__u32 stale;   /* CPUs came or went: the next apply_config makes its mask anew */
	__u32 touched; /* scratch of apply_config */
	__u32 next;    /* scratch of apply_config: the next cell of its list */
	__u32 unswept; /* settle looks again for what does not fit its queues */

	__u64 waiting_llcs;  /* bit LLC % 64: something may wait in its queue there */
	__u64 unswept_at;    /* ns, CLOCK_MONOTONIC */
	__u64 patient_empty; /* when settle found its patient queue empty, ns, CLOCK_MONOTONIC */
	__u32 patient;	     /* that queue may hold tasks: enum used (used.bpf.h) */
	__u32 movable;	 /* looks worth while for a task in a private queue that may go elsewhere */
	__u32 weight;	 /* 1 .. 10000: of its tasks in the root cell's queue while it has no CPU */
	__u32 waiters;	 /* tasks that waited when look_at_waits ran, */
	__u64 waited_ns; /* and how long they had, beyond what is counted (waits.bpf.h) */
	__u32 pad[4];
};
static_assert(sizeof(struct mitosis_cell) == 128, "two cache lines");

/* One per (cell, LLC) queue, one cache line each. */
struct mitosis_queue {
	__u64 vtime_now; /* its virtual time */
	__u32 nr_cpus;	 /* CPUs of the cell in this LLC, which serve it */
	__u32 waiting;	 /* tasks that were in it when somebody looked last; for estimates only */
	__u32 exists;	 /* the DSQ does; it is kept for the id's next life */
	__u32 next_cpus; /* scratch of apply_config */
	__u64 weight;	 /* of its tasks that waited since they became runnable, scaled */
	__u64 reach;	 /* virtual time it has yet to go in any case, see order_advance() */
	__u64 empty;	 /* when settle found it empty, ns, CLOCK_MONOTONIC */
	__u32 used;	 /* it may hold tasks: enum used (used.bpf.h) */
	__u32 pad[3];
};
static_assert(sizeof(struct mitosis_queue) == 64, "one cache line");

/* Both kinds of clock lie at offset 0, so that one pointer serves for either (order.bpf.h). */
static_assert(__builtin_offsetof(struct mitosis_cpu, vtime_now) == 0, "see above");
static_assert(__builtin_offsetof(struct mitosis_queue, vtime_now) == 0, "see above");

/* One per cell and CPU. All are sums since the id was taken, but for the maxima. */
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
	__u64 borrowed_ns;
	__u64 lent_ns; /* counted for the owner of the CPU */
	__u64 reclaims;
	__u64 reclaim_ns;
	__u64 reclaim_max_ns;
	__u64 steals;
	__u64 private_steals;
	__u64 multicpu_pins;
	__u64 pin_skips;
	__u64 slice_shrink_max;
	__u64 slice_shrink_proportional;
	__u64 slice_shrink_min;
	__u64 wait_histogram[MITOSIS_WAIT_BUCKETS];
};
static_assert(sizeof(struct mitosis_counters) == 8 * (21 + MITOSIS_WAIT_BUCKETS), "no padding");

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
	__u32 envelope_seq;
	__u32 live;    /* 0 or 1 */
	__u32 lend;    /* enum mitosis_lend */
	__u32 borrows; /* 0 or 1 */
	__u32 weight;  /* 1 .. 10000 */
	__u32 pad;
};
static_assert(sizeof(struct mitosis_stage_cell) == 32, "no padding");

enum mitosis_event_kind {
	MITOSIS_EVENT_CPUSET = 1, /* the kernel has changed a cpuset */
	MITOSIS_EVENT_PIN = 2,	  /* a task's affinity names several CPUs, not all of its cell's */
	MITOSIS_EVENT_TASK = 3,	  /* a task came */
	MITOSIS_EVENT_CELL = 4,	  /* a task's cell is another one now */
	MITOSIS_EVENT_CGROUP = 5, /* a cgroup came */
	MITOSIS_EVENT_RMDIR = 6,  /* a cgroup went */
	MITOSIS_EVENT_MOVE = 7,	  /* a task changed its cgroup */
	MITOSIS_EVENT_CONFIG = 8, /* a configuration is in force */
	MITOSIS_EVENT_BORROW = 9, /* a task runs on a CPU of the cell, which is not its own */
	MITOSIS_EVENT_RECLAIM = 10, /* the cell took a CPU back */
	MITOSIS_EVENT_STEAL = 11,   /* a task was taken from a sibling's queue */
	MITOSIS_EVENT_CPU = 12,	    /* a CPU came or went */
};

struct mitosis_event {
	__u64 at;     /* ns, CLOCK_MONOTONIC */
	__u64 cgroup; /* or 0 */
	__u32 kind;   /* enum mitosis_event_kind */
	__u32 pid;    /* or 0 */
	__u32 cell;
	__u32 cpu; /* where it was noticed */
};
static_assert(sizeof(struct mitosis_event) == 32, "no padding");

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
