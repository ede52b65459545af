/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Order: in which order waiting tasks run. A task's virtual time is measured on the clock of one
 * queue, its home (task->home): a cell's queue or a CPU's private queue. Charged whenever the
 * task stops and when a CPU decides whether it goes on, at least once per slice.
 *
 * A cell's clock advances by the service that the cell's CPUs give, divided by those who want it,
 * and is at least the virtual time at which a task of its queue started. The second part follows
 * weights that the first does not know; alone it would stand still, and starve who is a little
 * ahead, while new tasks keep coming. A CPU's clock takes every step of its owner's, so that lags
 * of the two queues a CPU serves compare, whoever owns it and however often that changes.
 *
 * Virtual time alone bounds no waiting: all others of the cell first run as long as a task is
 * ahead. Who would wait longer than ORDER_PATIENCE_NS for that is patient: it waits in a second
 * queue of the cell, in order of arrival, until nobody else waits or that time is over.
 */
#ifndef MITOSIS_ORDER_BPF_H
#define MITOSIS_ORDER_BPF_H

#include "cell.bpf.h"
#include "dsq.h"
#include "task.bpf.h"
#include "vtime.h"

/* A clock that many CPUs read is written only when it advances by this much. */
#define ORDER_CLOCK_STEP_NS 20000
#define ORDER_PATIENCE_NS 1000000000LL
/* So many waiting for a CPU leave it at full slices. */
#define ORDER_FULL_SLICES 4
#define ORDER_SLICE_MIN_NS 1000000ULL

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* nr_cells * nr_llcs */
	__type(key, u32);
	__type(value, struct mitosis_clock);
} clocks SEC(".maps");

static __always_inline u64 *order_clock(u64 dsq)
{
	if (dsq_type(dsq) == DSQ_TYPE_CELL) {
		u32 key = dsq_cell(dsq) * nr_llcs + dsq_llc(dsq);
		struct mitosis_clock *clock = bpf_map_lookup_elem(&clocks, &key);

		return (u64 *)clock;
	}
	if (dsq_type(dsq) == DSQ_TYPE_CPU) {
		struct mitosis_cpu *cpu = cpu_of(dsq_cpu(dsq));

		return (u64 *)cpu;
	}
	return NULL;
}

/* Makes `dsq` the task's home and returns its key there. */
static __always_inline u64 order_place(struct task_ctx *t, u64 dsq)
{
	u64 *to = order_clock(dsq), *from;
	u64 now = to ? *(volatile u64 *)to : 0;

	if (t->home == dsq) {
		t->vtime = vtime_stay(t->vtime, now, slice_ns,
				      dsq_type(dsq) == DSQ_TYPE_CPU ? VTIME_AHEAD_PRIVATE_SLICES
								    : VTIME_AHEAD_SLICES);
	} else {
		from = order_clock(t->home);
		t->vtime = from ? vtime_move(t->vtime, *(volatile u64 *)from, now, slice_ns) : now;
		t->home = dsq;
	}
	return t->vtime;
}

static __always_inline s64 order_lag_of_task(const struct task_ctx *t)
{
	u64 *clock = order_clock(t->home);

	return clock ? vtime_lag(t->vtime, *(volatile u64 *)clock) : 0;
}

/* Tasks that wait in the cell's queue, for each of its CPUs; rounded down. */
static __always_inline u32 order_waiting_per_cpu(u32 cell)
{
	struct mitosis_cell *c = cell_of(cell);
	s32 queued = scx_bpf_dsq_nr_queued(dsq_of_cell(cell, 0));

	return c && c->nr_cpus && queued > 0 ? (u32)queued / c->nr_cpus : 0;
}

/* Queues a task of the cell behind those that ran less, or among the patient. */
static __always_inline void order_queue(struct task_struct *p, struct task_ctx *t, u32 cell,
					u64 enq_flags)
{
	u64 dsq = dsq_of_cell(cell, 0), key = order_place(t, dsq);
	s64 lag = order_lag_of_task(t);

	t->patient = lag > 0 && lag * (order_waiting_per_cpu(cell) + 1) > ORDER_PATIENCE_NS;
	if (t->patient) {
		dsq = dsq_of_patient(cell, 0);
		key = scx_now() + ORDER_PATIENCE_NS;
	}
	scx_insert_vtime(p, dsq, slice_ns, key, enq_flags);
}

/* Whether the first of the cell's patient tasks has waited long enough. */
static __always_inline bool order_patience_ends(u32 cell)
{
	u64 dsq = dsq_of_patient(cell, 0), deadline;

	return scx_has_queued(dsq) && scx_head_vtime(dsq, &deadline) &&
	       vtime_lag(deadline, scx_now()) <= 0;
}

static __always_inline bool order_owner_waits(s32 cpu)
{
	struct mitosis_cpu *c = cpu_of(cpu);

	return c && c->owner < nr_cells && scx_has_queued(dsq_of_cell(c->owner, 0));
}

/* The task starts on `cpu`, whose rq is locked. */
static __always_inline void order_start(struct task_struct *p, struct task_ctx *t, s32 cpu)
{
	u64 *clock = order_clock(t->home);
	s64 lag;

	t->charged_ns = p->se.sum_exec_runtime;
	if (!clock || (dsq_type(t->home) == DSQ_TYPE_CPU && dsq_cpu(t->home) != cpu))
		return;
	lag = vtime_lag(t->vtime, *(volatile u64 *)clock);
	if (lag <= ORDER_CLOCK_STEP_NS)
		return;
	if (dsq_type(t->home) == DSQ_TYPE_CPU) {
		/* Lags of the cell's waiting tasks are compared with those here: no head start. */
		if (order_owner_waits(cpu))
			return;
	} else if (t->patient && scx_has_queued(t->home)) {
		/* Its turn came by time; those who wait by virtual time keep what they are owed. */
		return;
	}
	*(volatile u64 *)clock = t->vtime;
}

/*
 * The more wait for this CPU the shorter a turn is, so that all have theirs within the time that
 * ORDER_FULL_SLICES full ones take; not shorter than what a switch is worth. For a task that starts
 * on `cpu` or goes on there.
 */
static __always_inline void order_share(struct task_struct *p, s32 cpu)
{
	struct mitosis_cpu *c = cpu_of(cpu);
	s64 waiting = scx_bpf_dsq_nr_queued(dsq_of_cpu(cpu));
	u64 slice = slice_ns;

	if (!c || waiting < 0)
		return;
	if (c->owner < nr_cells)
		waiting += order_waiting_per_cpu(c->owner);
	c->waiting = waiting;
	if (waiting > ORDER_FULL_SLICES)
		slice = slice_ns * ORDER_FULL_SLICES / waiting;
	if (slice < ORDER_SLICE_MIN_NS)
		slice = ORDER_SLICE_MIN_NS;
	if (p->scx.slice != slice)
		scx_set_slice(p, slice);
}

/* The CPU ran a task for so long: the part of it that the owner's clock advances. */
static __always_inline void order_serve(s32 cpu, u64 ran)
{
	struct mitosis_cpu *c = cpu_of(cpu);
	struct mitosis_cell *cell = c ? cell_of(c->owner) : NULL;
	u64 *clock;

	if (!cell || !cell->nr_cpus)
		return;
	c->service += ran / ((u64)(c->waiting + 1) * cell->nr_cpus);
	if (c->service < ORDER_CLOCK_STEP_NS)
		return;
	clock = order_clock(dsq_of_cell(c->owner, 0));
	if (clock)
		__sync_fetch_and_add(clock, c->service);
	c->service = 0;
}

/* Charges what the task ran on `cpu` since it was charged last; returns that time. */
static __always_inline u64 order_charge(struct task_struct *p, struct task_ctx *t, s32 cpu)
{
	u64 ran = p->se.sum_exec_runtime - t->charged_ns;

	t->charged_ns += ran;
	t->vtime += vtime_cost(ran, p->scx.weight);
	order_serve(cpu, ran);
	return ran;
}

/* A CPU about to choose takes over the steps of its owner's clock; its rq is locked. */
static __always_inline void order_follow(struct mitosis_cpu *c, u32 owner)
{
	u64 *clock = order_clock(dsq_of_cell(owner, 0));
	u64 now = clock ? *(volatile u64 *)clock : 0;

	if (c->clock_owner == owner)
		c->vtime_now += vtime_bound(vtime_lag(now, c->clock_seen), 0,
					    (s64)slice_ns * VTIME_AHEAD_SLICES);
	c->clock_owner = owner;
	c->clock_seen = now;
}

/* Lag of the first task waiting in `dsq`; `otherwise` when there seems to be none. */
static __always_inline s64 order_lag_of_head(u64 dsq, s64 otherwise)
{
	u64 *clock = order_clock(dsq);
	u64 vtime;

	if (!clock || !scx_has_queued(dsq) || !scx_head_vtime(dsq, &vtime))
		return otherwise;
	return vtime_lag(vtime, *(volatile u64 *)clock);
}

#endif
