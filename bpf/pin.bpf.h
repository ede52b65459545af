/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Affinities that name several CPUs, but not all that the task's cell could own: such a task cannot
 * share the cell's queues. It is counted once for each affinity and told; the scheduler ends
 * because of one only where the administrator asked for that.
 */
#ifndef MITOSIS_PIN_BPF_H
#define MITOSIS_PIN_BPF_H

#include "cell.bpf.h"
#include "cpuset.bpf.h"
#include "event.bpf.h"
#include "stats.bpf.h"
#include "task.bpf.h"

const volatile __u32 reject_multicpu_pinning = 0;

/*
 * Somebody named the CPUs: without that a task's affinity is its cgroups' cpusets, which it has a
 * moment later than its cgroup when it is moved.
 */
static __always_inline bool pin_is_chosen(struct task_struct *p)
{
	return !bpf_core_field_exists(p->user_cpus_ptr) || p->user_cpus_ptr;
}

/* The task is constrained; its affinity was not looked at yet since it changed. */
static __noinline void pin_look(struct task_struct *p, struct task_ctx *t)
{
	struct mitosis_counters *stats = stats_here(t->cell);

	t->pin_seen = 1;
	if (t->cell == MITOSIS_ROOT_CELL || p->nr_cpus_allowed <= 1 || !pin_is_chosen(p))
		return;
	if (stats)
		stats->multicpu_pins++;
	event_notify(MITOSIS_EVENT_PIN, p->pid, t->cgroup, t->cell);
	if (!reject_multicpu_pinning)
		return;
	if (cpuset_in_motion()) {
		if (stats)
			stats->pin_skips++;
		return;
	}
	scx_error("task %llu of cell %llu is pinned to several CPUs", p->pid, t->cell);
}

static __always_inline void pin_check(struct task_struct *p, struct task_ctx *t)
{
	if (!t->pin_seen && !scx_migration_disabled(p))
		pin_look(p, t);
}

#endif
