/* SPDX-License-Identifier: GPL-2.0-only */
/* Which task a CPU runs next, and whether the one that runs goes on. */
#ifndef MITOSIS_CHOOSE_BPF_H
#define MITOSIS_CHOOSE_BPF_H

#include "cgroup.bpf.h"
#include "hotplug.bpf.h"
#include "leftover.bpf.h"
#include "order.bpf.h"
#include "pick_cpu.bpf.h"
#include "stats.bpf.h"

#define NO_LAG ((s64)((1ULL << 63) - 1))

static __always_inline void choose_account(struct task_struct *p, struct task_ctx *t, s32 cpu)
{
	stats_ran(t, cpu, order_charge(p, t, cpu));
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
	TURN_PRIVATE = 4,
	TURN_PATIENT_FIRST = 2,
	TURN_PATIENT_SECOND = 5,
	TURN_PATIENT_THIRD = 7,
	TURNS = 8,
};

static __always_inline bool choose_by_turn(struct mitosis_cpu *c, u32 cpu, u32 owner)
{
	switch (c->turn++ % TURNS) {
	case TURN_LEFTOVER:
		return leftover_take();
	case TURN_PATIENT_FIRST:
	case TURN_PATIENT_SECOND:
	case TURN_PATIENT_THIRD:
		return owner < nr_cells && order_patience_ends(owner) &&
		       scx_take(dsq_of_patient(owner, 0));
	case TURN_PRIVATE:
		return scx_take(dsq_of_cpu(cpu));
	default:
		return false;
	}
}

/* The running task, charged up to now, if it wants to and may go on here. */
static __always_inline struct task_ctx *choose_staying(struct task_struct *prev, s32 cpu, u32 owner)
{
	struct task_ctx *t;

	if (!(prev->scx.flags & SCX_ENUM(scx_ent_flags, SCX_TASK_QUEUED)))
		return NULL;
	t = task_ctx_of(prev);
	if (!t)
		return NULL;
	choose_account(prev, t, cpu);
	return choose_may_stay(prev, t, owner) ? t : NULL;
}

/*
 * Three candidates, by lag: who ran until now, the private queue, the cell's queue. The order may
 * be a guess, as both queues change meanwhile; that each is tried before the CPU gives up is not.
 */
static __always_inline void choose_next(s32 cpu, struct task_struct *prev)
{
	struct mitosis_cpu *c = cpu_of(cpu);
	struct task_ctx *t = NULL;
	u64 own, patient, private = dsq_of_cpu(cpu);
	s64 own_lag, private_lag;
	u32 owner;

	if (!c)
		return;
	hotplug_arrive(c, cpu);
	owner = *(volatile u32 *)&c->owner;
	own = owner < nr_cells ? dsq_of_cell(owner, 0) : dsq_overflow();
	patient = owner < nr_cells ? dsq_of_patient(owner, 0) : dsq_overflow();
	if (owner < nr_cells)
		order_follow(c, owner);
	if (choose_by_turn(c, cpu, owner))
		return;
	if (prev)
		t = choose_staying(prev, cpu, owner);
	own_lag = order_lag_of_head(own, NO_LAG);
	private_lag = order_lag_of_head(private, NO_LAG);
	if (t && !t->yielded) {
		s64 lag = order_lag_of_task(t);

		if (lag <= own_lag && lag <= private_lag &&
		    !(owner < nr_cells && order_patience_ends(owner))) {
			order_share(prev, cpu);
			return;
		}
	}
	if (private_lag < own_lag) {
		if (scx_take(private) || scx_take(own))
			return;
	} else if (scx_take(own) || scx_take(private)) {
		return;
	}
	if (scx_take(patient) || leftover_take())
		return;
	if (t) {
		t->yielded = 0;
		order_share(prev, cpu);
	}
}

/*
 * A task that got in while its CPU changed hands is sent on at the next tick; the switch itself has
 * stopped whoever ran there before.
 */
static __always_inline void choose_evict_misplaced(struct task_struct *p, struct task_ctx *t,
						   s32 cpu)
{
	u32 cell = queue_cell_of(t->cell);

	if (!cpu_owned_by(cpu, cell) && task_is_wide(p, cell))
		scx_set_slice(p, 0);
}

#endif
