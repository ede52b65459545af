/* SPDX-License-Identifier: GPL-2.0-only */
/* Which task a CPU runs next, and whether the one that runs goes on. */
#ifndef MITOSIS_CHOOSE_BPF_H
#define MITOSIS_CHOOSE_BPF_H

#include "cgroup.bpf.h"
#include "hotplug.bpf.h"
#include "leftover.bpf.h"
#include "lend.bpf.h"
#include "order.bpf.h"
#include "pick_cpu.bpf.h"
#include "place.bpf.h"
#include "shrink.bpf.h"
#include "slice.bpf.h"
#include "stats.bpf.h"
#include "steal.bpf.h"

#define NO_LAG ((s64)((1ULL << 63) - 1))

static __always_inline void choose_account(struct task_struct *p, struct task_ctx *t,
					   struct mitosis_cpu *c, s32 cpu)
{
	stats_ran(p, t, c->owner, cpu, order_charge(p, t, c));
}

/* Whether a running task may go on where it is, as far as ownership is concerned. */
static __always_inline bool choose_may_stay(struct task_struct *p, struct task_ctx *t, u32 owner)
{
	u32 cell = queue_cell_of(task_cell(p, t));
	const struct cpumask *mask;

	if (cell == owner || pick_only(p) >= 0)
		return true;
	if (task_is_wide(p, cell))
		return false;
	mask = primary_of(cell);
	return !mask || !bpf_cpumask_intersects(mask, p->cpus_ptr);
}

/*
 * Of every TURNS dispatches of a CPU one serves each kind of work first that its place in the order
 * might keep waiting for longer than the watchdog allows.
 */
enum turns {
	TURN_LEFTOVER = 0,
	TURN_PATIENT_FIRST = 2,
	TURN_PRIVATE = 4,
	TURN_PATIENT_SECOND = 5,
	TURN_SIBLINGS = 6,
	TURN_PATIENT_THIRD = 7,
	TURNS = 8,
};

/* Whether anything is in the CPU's private queue; its rq is locked. */
static __always_inline bool choose_private_waits(struct mitosis_cpu *c, u32 cpu)
{
	if (!c->private_here && !used_may_hold(&c->private_used))
		return false;
	if (scx_has_queued(dsq_of_cpu(cpu)))
		return true;
	c->private_here = 0;
	return false;
}

static __always_inline bool choose_by_turn(struct mitosis_cpu *c, struct mitosis_cell *cell,
					   u32 cpu, u32 owner)
{
	switch (c->turn++ % TURNS) {
	case TURN_LEFTOVER:
		return leftover_take(c);
	case TURN_PATIENT_FIRST:
	case TURN_PATIENT_SECOND:
	case TURN_PATIENT_THIRD:
		return cell && order_patience_ends(cell, owner) &&
		       cpu_take(c, dsq_of_patient(owner));
	case TURN_PRIVATE:
		return choose_private_waits(c, cpu) && cpu_take(c, dsq_of_cpu(cpu));
	case TURN_SIBLINGS:
		return cell && nr_llcs > 1 && cell->waiting_llcs && steal_in_cell(cpu, owner);
	default:
		return false;
	}
}

/* The running task, charged up to now, if it wants to go on. */
static __always_inline struct task_ctx *choose_prev(struct task_struct *prev, struct mitosis_cpu *c,
						    s32 cpu)
{
	struct task_ctx *t;

	if (!(prev->scx.flags & SCX_ENUM(scx_ent_flags, SCX_TASK_QUEUED)))
		return NULL;
	t = task_ctx_of(prev);
	if (t)
		choose_account(prev, t, c, cpu);
	return t;
}

/* What waits besides the task just taken: for the length of its slice, and for who may help. */
static __always_inline void choose_took(struct mitosis_cpu *c, struct mitosis_cell *cell,
					struct mitosis_queue *q, u64 private)
{
	s32 waiting = c->private_here || c->private_used ? scx_bpf_dsq_nr_queued(private) : 0;

	c->again = 0;
	c->waiting = waiting > 0 ? waiting : 0;
	if (!q || !cell)
		return;
	if (q->waiting)
		want_more(cell, c->owner, c->llc);
	c->waiting += order_waiting_per_cpu(q) + order_patient_per_cpu(cell, c->owner);
}

enum choice {
	CHOICE_NONE,
	CHOICE_TOOK,
	CHOICE_STAYS,
};

/*
 * Own queue, NULL when it is empty, and private queue, by lag, NO_LAG when it is empty. The order
 * may be a guess, that both are tried is not; here, or before the CPU gives up (choose_next).
 */
static __always_inline u32 choose_own(struct mitosis_cpu *c, struct mitosis_queue *q, u64 own,
				      u64 private, s64 own_lag, s64 private_lag)
{
	if (private_lag < own_lag && cpu_take(c, private))
		return CHOICE_TOOK;
	if (!q)
		return CHOICE_NONE;
	c->tried = 1;
	return order_take(q, own) ? CHOICE_TOOK : CHOICE_NONE;
}

/*
 * The cell's queue, NULL when it is empty, is not all there is: something waits in the private
 * queue, or who ran until now, `t`, may go on.
 */
static __noinline u32 choose_by_lag(u32 cpu, struct mitosis_queue *q, u64 own, struct task_ctx *t,
				    bool private_waits)
{
	struct mitosis_cpu *c = cpu_of(cpu);
	u64 private = dsq_of_cpu(cpu);
	s64 own_lag = NO_LAG, private_lag = NO_LAG, lag;
	struct mitosis_cell *cell;

	if (!c)
		return CHOICE_NONE;
	cell = cell_of(c->owner);
	if (q)
		own_lag = order_lag_of_head(own, &q->vtime_now, NO_LAG);
	if (private_waits)
		private_lag = order_lag_of_head(private, &c->vtime_now, 0);
	if (t && !t->yielded) {
		lag = order_lag_of_task(t);
		if (lag <= own_lag && lag <= private_lag &&
		    !(cell && order_patience_ends(cell, c->owner)))
			return CHOICE_STAYS;
	}
	return choose_own(c, q, own, private, own_lag, private_lag);
}

/* What is left of the cell's work when own and private queue gave nothing. */
static __always_inline bool choose_rest(struct mitosis_cpu *c, struct mitosis_cell *cell,
					struct mitosis_queue *q, u32 cpu, u32 owner)
{
	if (q)
		order_ended(q);
	if (cell && used_may_hold(&cell->patient) && cpu_take(c, dsq_of_patient(owner)))
		return true;
	if (cell && nr_llcs > 1 && steal_in_cell(cpu, owner))
		return true;
	return leftover_take(c);
}

/* The CPU's own cell has nothing in a queue of its own: siblings' private tasks, then guests. */
static __always_inline void choose_foreign(struct mitosis_cpu *c, struct mitosis_cell *cell,
					   u32 cpu, struct task_struct *prev,
					   const struct task_ctx *t)
{
	if (work_stealing && cell && cell->movable && steal_private(cpu, c->owner))
		return;
	if (!borrowing)
		return;
	lend_forget(c);
	if (want_any() && steal_for_others(cpu))
		return;
	/* No mark: the owner has claimed the CPU while its rq was not locked; its task is here. */
	if (t && t->borrows && *(volatile u32 *)&c->guest && lend_may_pull(c, cpu))
		slice_share(prev, c);
	else
		lend_end(c, cpu);
}

/* Whether the owner has work waiting for this CPU, as its guest must know; its rq is locked. */
static __always_inline bool choose_owner_waits(struct mitosis_cpu *c, u32 cpu)
{
	struct mitosis_cell *cell = cell_of(c->owner);

	return cell && (order_cell_waits(cell, c->owner, c->llc) || choose_private_waits(c, cpu));
}

/*
 * A take that got nothing may have let go of the rq's lock (cpu_take), and then something may have
 * come of which nobody but this CPU is told. Then it chooses anew; once, for it may be work that
 * another CPU is about to take. Returns whether something has come.
 */
__noinline bool choose_again(u32 cpu)
{
	struct mitosis_cpu *c = cpu_of(cpu);
	bool waits = c && choose_owner_waits(c, cpu);

	if (!c)
		return false;
	if (waits && !c->again)
		kick(cpu);
	c->again = waits;
	return waits;
}

/*
 * Candidates, by lag: who ran until now, the private queue, the cell's queue in this LLC; then the
 * rest of the cell's work, then other cells' if the CPU is lent. A guest stays only when nobody
 * else wants the CPU. Each source is tried before the CPU gives up.
 */
static __always_inline void choose_next(s32 cpu, struct task_struct *prev)
{
	struct mitosis_cpu *c = cpu_of(cpu);
	u64 own, private = dsq_of_cpu(cpu);
	struct mitosis_queue *q = NULL, *filled = NULL;
	struct mitosis_cell *cell;
	struct task_ctx *t = NULL;
	bool private_waits, stays;
	u32 owner, choice;

	if (!c)
		return;
	hotplug_arrive(c, cpu);
	owner = *(volatile u32 *)&c->owner;
	cell = cell_of(owner);
	if (cell)
		q = queue_of(owner, c->llc);
	if (q && !q->exists) /* the CPU was away when it got its owner; soon to be made */
		q = NULL;
	own = dsq_of_cell(owner, c->llc);
	if (q)
		order_follow(c, q, own);
	if (prev)
		t = choose_prev(prev, c, cpu);
	c->tried = 0;
	if (choose_by_turn(c, cell, cpu, owner))
		goto took;
	if (q && order_left(q, own, c->turn))
		filled = q;
	private_waits = choose_private_waits(c, cpu);
	stays = t && !t->borrows && choose_may_stay(prev, t, owner);
	if (stays || private_waits)
		choice = choose_by_lag(cpu, filled, own, stays ? t : NULL, private_waits);
	else
		choice = choose_own(c, filled, own, private, NO_LAG, NO_LAG);
	if (choice == CHOICE_STAYS) {
		choose_took(c, cell, q, private);
		slice_share(prev, c);
		return;
	}
	if (choice == CHOICE_TOOK || choose_rest(c, cell, q, cpu, owner))
		goto took;
	/* The rq's lock may have been let go, and then something may have come. */
	if (choose_private_waits(c, cpu) && cpu_take(c, private))
		goto took;
	c->waiting = 0;
	if (stays) {
		t->yielded = 0;
		slice_share(prev, c);
	} else {
		choose_foreign(c, cell, cpu, prev, t);
		if (c->tried)
			choose_again(cpu);
		else
			c->again = 0;
	}
	return;
took:
	choose_took(c, cell, q, private);
}

/* Whether a guest of the CPU makes room: for work that waits, or for an owner's task beside it. */
static __always_inline bool choose_guest_yields(struct mitosis_cpu *c, u32 cpu)
{
	return choose_owner_waits(c, cpu) || (smt_on && lend_core_is_shared(c, cpu));
}

/* Another cell's task that may run on any CPU of its cell got this one. */
static __always_inline void choose_start_foreign(struct task_struct *p, struct task_ctx *t,
						 struct mitosis_cpu *c, s32 cpu, u32 cell)
{
	if (!task_is_wide(p, cell))
		return;
	if (!borrowing || lend_of_cpu(c) == MITOSIS_LEND_NONE) {
		/* It got in while the CPU changed hands; it is sent on at the next tick. */
		scx_set_slice(p, 0);
		return;
	}
	t->borrows = 1;
	event_debug(MITOSIS_EVENT_BORROW, p->pid, t->cgroup, c->owner);
	lend_to(c, cpu, cell);
	if (choose_guest_yields(c, cpu)) {
		scx_set_slice(p, 0);
		kick_preempt(cpu);
	}
}

static __always_inline void choose_start(struct task_struct *p, struct task_ctx *t, s32 cpu)
{
	struct mitosis_cpu *c = cpu_of(cpu);
	u32 cell;

	if (!c)
		return;
	stats_running(p, t, cpu);
	order_start(p, t, c, cpu);
	if (c->waiting > SLICE_FULL)
		slice_share(p, c);
	shrink_start(p, c, cpu);
	cell = queue_cell_on(t->cell, c);
	t->borrows = 0;
	if (cell != c->owner) {
		choose_start_foreign(p, t, c, cpu, cell);
		return;
	}
	if (!borrowing)
		return;
	if (c->asked_at) {
		stats_reclaimed(stats_on(t->cell, cpu), c->asked_at);
		event_debug(MITOSIS_EVENT_RECLAIM, p->pid, t->cgroup, cell);
		c->asked_at = 0;
	}
	lend_end(c, cpu);
	if (smt_on)
		lend_clear_core(c, cpu);
}

static __always_inline void choose_stop(struct task_struct *p, struct task_ctx *t, s32 cpu)
{
	struct mitosis_cpu *c = cpu_of(cpu);

	if (!c)
		return;
	choose_account(p, t, c, cpu);
	shrink_learn(p, t);
	if (smt_on && c->runs_own)
		c->runs_own = 0;
	if (t->borrows) {
		t->borrows = 0;
		lend_end(c, cpu);
	}
}

/*
 * Mends, within a tick, what a race let slip: a guest whose owner waits, an idle CPU of the cell
 * that missed an insertion, work that nobody offered for borrowing.
 */
static __always_inline void choose_tick(struct task_struct *p)
{
	struct task_ctx *t = task_ctx_of(p);
	s32 cpu = scx_bpf_task_cpu(p);
	struct mitosis_cpu *c = cpu_of(cpu);
	struct mitosis_cell *cell = c ? cell_of(c->owner) : NULL;
	const struct cpumask *mask;
	s32 idle = -1;

	if (!t || !cell)
		return;
	choose_account(p, t, c, cpu);
	shrink_note(t, c);
	if (t->borrows && choose_guest_yields(c, cpu)) {
		scx_set_slice(p, 0);
		return;
	}
	if (!order_cell_waits(cell, c->owner, c->llc))
		return;
	want_more(cell, c->owner, c->llc);
	mask = primary_of(c->owner);
	if (mask)
		idle = pick_idle(mask);
	if (idle < 0 && borrowing && cell->borrows) {
		struct lend_masks *m = lend_masks_here();

		mask = m ? (const struct cpumask *)m->any : NULL;
		if (mask)
			idle = pick_idle(mask);
		if (idle < 0 && smt_on && m)
			idle = pick_beside_guest(m);
	}
	if (idle >= 0)
		kick_idle(idle);
}

#endif
