/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Order: in which order waiting tasks run. A task's virtual time is measured on the clock of one
 * queue, its home (task->home): a queue of its cell, one for each LLC, or a CPU's private queue.
 * Charged whenever the task stops, at ticks, and when a CPU decides whether it goes on.
 *
 * A queue's clock advances by the service that its tasks get, wherever, divided by the weight of
 * those who want it (the virtual time of EEVDF: Stoica and Abdel-Wahab, 1995), and is at least the
 * virtual time at which a task of it started. A task has weight in a queue from its first waiting
 * there until it sleeps; one that finds an idle CPU touches no count. A CPU's clock takes every
 * step of the clock of the queue it serves, so that lags of the two compare, whoever owns the CPU.
 *
 * Virtual time alone bounds no waiting: all others of the queue first run as long as a task is
 * ahead. Who would wait longer than ORDER_PATIENCE_NS for that is patient: it waits in a second
 * queue of the cell, in order of arrival, until nobody else waits or that time is over. For the
 * others the clock keeps its pace, whatever weight comes after them (order_reach()).
 */
#ifndef MITOSIS_ORDER_BPF_H
#define MITOSIS_ORDER_BPF_H

#include "cell.bpf.h"
#include "dsq.h"
#include "group.bpf.h"
#include "task.bpf.h"
#include "used.bpf.h"
#include "vtime.h"
#include "want.bpf.h"

/* A clock that many CPUs read is written only when it advances by this much, or after so long. */
#define ORDER_CLOCK_STEP_NS 20000
#define ORDER_SERVICE_NS 10000000
#define ORDER_PATIENCE_NS 1000000000LL
#define ORDER_LOOKS 4

enum order_way {
	ORDER_BY_VTIME = 0,
	ORDER_BY_PATIENCE = 1, /* it waits by time, not by virtual time */
	ORDER_DIRECT = 2,      /* it does not wait: its place is found when it starts */
};

/* Both kinds of home, by the clock they have. */
static __always_inline u64 *order_clock(u64 dsq)
{
	if (dsq_type(dsq) == DSQ_TYPE_CELL) {
		struct mitosis_queue *q = queue_of(dsq_cell(dsq), dsq_llc(dsq));

		/* Not one call for both maps: only of one map it is inlined. */
		barrier_var(q);
		return (u64 *)q;
	}
	if (dsq_type(dsq) == DSQ_TYPE_CPU)
		return (u64 *)cpu_of(dsq_cpu(dsq));
	return NULL;
}

/* The task's virtual time within bounds at home, whose clock says `now`. */
static __always_inline u64 order_stay(const struct task_ctx *t, u64 now)
{
	return vtime_stay(t->vtime, now, slice_ns,
			  dsq_type(t->home) == DSQ_TYPE_CPU ? VTIME_AHEAD_PRIVATE_SLICES
							    : VTIME_AHEAD_SLICES);
}

/* Makes `dsq` the task's home. */
static __always_inline void order_place(struct task_ctx *t, u64 dsq)
{
	u64 *to = order_clock(dsq), *from;
	u64 now = to ? *(volatile u64 *)to : 0, slice = slice_ns;

	if (t->home == dsq) {
		t->vtime = order_stay(t, now);
	} else {
		from = order_clock(t->home);
		t->vtime = from ? vtime_move(t->vtime, *(volatile u64 *)from, now, slice) : now;
		t->home = dsq;
	}
}

/* Of a task that goes straight to a CPU: where it stands at home is seen when it starts there. */
static __always_inline void order_expect(struct task_ctx *t, u64 dsq)
{
	if (t->home != dsq)
		order_place(t, dsq);
	t->way = ORDER_DIRECT;
}

static __always_inline s64 order_lag_of_task(const struct task_ctx *t)
{
	u64 *clock = order_clock(t->home);

	return clock ? vtime_lag(t->vtime, *(volatile u64 *)clock) : 0;
}

/*
 * Makes `dsq` the home of a task that is to wait there; returns its lag. Others wait for what a
 * thread of the kernel does, and its watchdog for each half of its timeout: such a one is owed a
 * slice whatever it had. The clock reaches others no later for that, so that all have their share.
 */
static __always_inline s64 order_wait(const struct task_struct *p, struct task_ctx *t, u64 dsq)
{
	s64 lag, owed = -(s64)slice_ns;

	order_place(t, dsq);
	lag = order_lag_of_task(t);
	if (lag <= owed || !(p->flags & PF_KTHREAD))
		return lag;
	t->vtime += owed - lag;
	return owed;
}

/* Tasks that wait in the queue, for each CPU that serves it; rounded down, as last seen. */
static __always_inline u32 order_waiting_per_cpu(const struct mitosis_queue *q)
{
	u32 waiting = q->waiting, cpus = q->nr_cpus;

	return waiting && cpus ? waiting / cpus : 0;
}

/* The task wants service no more, or of another queue. */
static __always_inline void order_unweigh(struct task_ctx *t)
{
	struct mitosis_queue *q;

	if (!t->weighed)
		return;
	q = queue_of(dsq_cell(t->weighed_in), dsq_llc(t->weighed_in));
	if (q)
		__sync_fetch_and_sub(&q->weight, t->weighed);
	t->weighed = 0;
}

/* How many wait in the queue. */
static __always_inline u32 order_look(struct mitosis_queue *q, u64 dsq)
{
	s32 queued = scx_bpf_dsq_nr_queued(dsq);
	u32 waiting = queued > 0 ? queued : 0;

	if (q->waiting != waiting)
		q->waiting = waiting;
	return waiting;
}

/*
 * How many wait in the queue, to decide by; 0 is certain, as far as it is without the queue's lock.
 * Looking costs as much as taking, so it is done in every ORDER_LOOKS-th turn of each CPU, and
 * whenever the queue may be empty; between looks who inserts and who takes counts, unless another
 * does so at the same time.
 */
static __always_inline u32 order_left(struct mitosis_queue *q, u64 dsq, u32 turn)
{
	u32 waiting = q->waiting;

	if (!used_may_hold(&q->used))
		return 0;
	return waiting && turn % ORDER_LOOKS ? waiting : order_look(q, dsq);
}

/* The task wants service of the queue from now on. */
static __always_inline void order_weigh(struct task_struct *p, struct task_ctx *t,
					struct mitosis_queue *q, u64 dsq)
{
	u64 scaled = t->scaled ?: group_scaled(p, t), before = t->weighed;

	if (before && t->weighed_in == dsq) {
		/* Shares of groups change all the time: small steps are not worth an atomic. */
		if (scaled - before + before / 8 <= before / 4)
			return;
		__sync_fetch_and_add(&q->weight, scaled - before);
	} else {
		order_unweigh(t);
		__sync_fetch_and_add(&q->weight, scaled);
		t->weighed_in = dsq;
	}
	t->weighed = scaled;
}

/* Whether the clock takes too long to come to who is ahead of it by `lag`. */
static __always_inline bool order_is_far(const struct mitosis_queue *q, s64 lag)
{
	return lag > 0 && vtime_is_far(lag, q->weight, (u64)ORDER_PATIENCE_NS * q->nr_cpus);
}

/* The clock shall soon come to a task that waits for it, even if much more weight follows. */
static __always_inline void order_reach(struct mitosis_queue *q, s64 lag)
{
	if (lag > 0 && q->reach < vtime_reach(lag))
		q->reach = vtime_reach(lag);
}

/* The queue's tasks were served for `ns`, whose weight together was `weight`. */
static __always_inline void order_advance(struct mitosis_queue *q, u64 ns, u64 weight)
{
	u64 step = vtime_cost(ns, weight), reach = q->reach, least;

	if (reach) {
		least = vtime_reach_step(reach, ns / q->nr_cpus);
		q->reach = reach - least;
		if (step < least)
			step = least;
	}
	__sync_fetch_and_add(&q->vtime_now, step);
}

/* Takes the first task of the queue that this CPU may run. */
static __always_inline bool order_take(struct mitosis_queue *q, u64 dsq)
{
	if (!scx_take(dsq))
		return false;
	if (q->waiting)
		q->waiting--;
	return true;
}

/* The queue was found empty. */
static __always_inline void order_ended(struct mitosis_queue *q)
{
	if (q->waiting)
		q->waiting = 0;
}

/* Queues a task of the cell behind those that ran less, or among the patient. */
static __always_inline void order_queue(struct task_struct *p, struct task_ctx *t,
					struct mitosis_cell *c, struct mitosis_queue *q, u32 cell,
					u32 llc, u64 enq_flags)
{
	u64 dsq = dsq_of_cell(cell, llc);
	s64 lag = order_wait(p, t, dsq);
	u64 key = t->vtime;

	order_weigh(p, t, q, dsq);
	t->way = ORDER_BY_VTIME;
	if (order_is_far(q, lag)) {
		t->way = ORDER_BY_PATIENCE;
		used_expect(&c->patient);
		dsq = dsq_of_patient(cell);
		key = scx_now() + ORDER_PATIENCE_NS;
	} else {
		order_reach(q, lag);
		used_expect(&q->used);
		q->waiting++;
	}
	scx_insert_vtime(p, dsq, slice_ns, key, enq_flags);
}

/* Patient tasks of the cell for each of its CPUs, rounded down. */
static __always_inline u32 order_patient_per_cpu(const struct mitosis_cell *c, u32 cell)
{
	s32 queued = c->patient ? scx_bpf_dsq_nr_queued(dsq_of_patient(cell)) : 0;
	u32 cpus = c->nr_cpus;

	return queued > 0 && cpus ? (u32)queued / cpus : 0;
}

/* Whether anybody waits for a CPU of the cell, of those in this LLC. */
static __always_inline bool order_cell_waits(const struct mitosis_cell *cell, u32 id, u32 llc)
{
	return scx_has_queued(dsq_of_cell(id, llc)) ||
	       (used_may_hold(&cell->patient) && scx_has_queued(dsq_of_patient(id)));
}

/* Makes the CPU's private queue the task's home. */
static __always_inline void order_place_private(struct task_struct *p, struct task_ctx *t, s32 cpu)
{
	struct mitosis_cpu *c = cpu_of(cpu);
	struct mitosis_queue *q = c && c->owner < nr_cells ? queue_of(c->owner, c->llc) : NULL;

	if (q)
		order_weigh(p, t, q, dsq_of_cell(c->owner, c->llc));
	t->way = ORDER_BY_VTIME;
	order_wait(p, t, dsq_of_cpu(cpu));
}

/* Whether the first of the cell's patient tasks has waited long enough. */
static __always_inline bool order_patience_ends(const struct mitosis_cell *c, u32 cell)
{
	u64 dsq = dsq_of_patient(cell), deadline;

	return c->patient && scx_head_vtime(dsq, &deadline) && vtime_lag(deadline, scx_now()) <= 0;
}

/* The task starts on `cpu`, whose rq is locked. */
static __always_inline void order_start(struct task_struct *p, struct task_ctx *t,
					struct mitosis_cpu *c, s32 cpu)
{
	u64 *clock = order_clock(t->home);

	t->started_ns = t->charged_ns = p->se.sum_exec_runtime;
	if (!clock)
		return;
	if (t->way == ORDER_DIRECT) {
		t->vtime = order_stay(t, *(volatile u64 *)clock);
		t->way = ORDER_BY_VTIME;
	}
	c->lag = vtime_lag(t->vtime, *(volatile u64 *)clock);
	if (c->lag <= ORDER_CLOCK_STEP_NS)
		return;
	if (dsq_type(t->home) == DSQ_TYPE_CPU) {
		/* Lags of the cell's waiting tasks are compared with those here: no head start. */
		if (dsq_cpu(t->home) != cpu ||
		    (c->owner < nr_cells && scx_has_queued(dsq_of_cell(c->owner, c->llc))))
			return;
	} else if (t->way == ORDER_BY_PATIENCE && scx_has_queued(t->home)) {
		/* Its turn came by time; those who wait by virtual time keep what they are owed. */
		return;
	}
	*(volatile u64 *)clock = t->vtime;
	c->lag = 0;
}

/* The task ran on the CPU: the clock of its home, or of the queue that the CPU serves, advances. */
static __always_inline void order_serve(struct mitosis_cpu *c, const struct task_ctx *t, u64 ran)
{
	u64 home = t->home, weight;
	bool guest = dsq_type(home) == DSQ_TYPE_CELL && dsq_cell(home) != c->owner;
	struct mitosis_queue *q;

	if (!guest) {
		ran += c->service;
		c->service = ran;
		if (ran < ORDER_CLOCK_STEP_NS)
			return;
	}
	if (dsq_type(home) != DSQ_TYPE_CELL) {
		if (c->owner >= nr_cells)
			return;
		home = dsq_of_cell(c->owner, c->llc);
	}
	q = queue_of(dsq_cell(home), dsq_llc(home));
	if (!q || !q->nr_cpus)
		return;
	weight = q->weight;
	if (!t->weighed || t->weighed_in != home)
		weight += t->scaled;
	if (!guest) {
		if (ran < ORDER_SERVICE_NS &&
		    ran * VTIME_WEIGHT_ONE < ORDER_CLOCK_STEP_NS * (weight >> VTIME_SCALE_BITS))
			return;
		c->service = 0;
	}
	order_advance(q, ran, weight);
}

/* Charges what the task ran on the CPU since it was charged last; returns that time. */
static __always_inline u64 order_charge(struct task_struct *p, struct task_ctx *t,
					struct mitosis_cpu *c)
{
	u64 ran = p->se.sum_exec_runtime - t->charged_ns;

	if (!ran)
		return 0;
	t->charged_ns += ran;
	t->scaled = group_scaled(p, t);
	t->vtime += vtime_cost(ran, t->scaled);
	order_serve(c, t, ran);
	return ran;
}

/* A CPU about to choose takes over the steps of the clock it serves; its rq is locked. */
static __always_inline void order_follow(struct mitosis_cpu *c, const struct mitosis_queue *q,
					 u64 dsq)
{
	u64 now = *(volatile u64 *)&q->vtime_now;

	if (now == c->clock_seen && c->clock_of == dsq)
		return;
	if (c->clock_of == dsq)
		c->vtime_now += vtime_bound(vtime_lag(now, c->clock_seen), 0,
					    (s64)slice_ns * VTIME_AHEAD_SLICES);
	c->clock_of = dsq;
	c->clock_seen = now;
}

/* Lag of the first task waiting in `dsq`; `otherwise` when there seems to be none. */
static __always_inline s64 order_lag_of_head(u64 dsq, const u64 *clock, s64 otherwise)
{
	u64 vtime;

	if (!scx_head_vtime(dsq, &vtime))
		return otherwise;
	return vtime_lag(vtime, *(const volatile u64 *)clock);
}

#endif
