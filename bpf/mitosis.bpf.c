/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mitosis: a sched_ext scheduler that divides the CPUs into cells, one per cgroup.
 *
 * A waiting task is in one of: its cell's queue, when its affinity covers all CPUs the cell could
 * ever own; a CPU's private queue, when it does not; the overflow queue, when neither would do. A
 * CPU serves its own private queue and the queue of the cell that owns it, by virtual time, then
 * the leftovers. docs/architecture.md has the picture.
 */
#include "scx.bpf.h"
#include "intf.h"
#include "dsq.h"
#include "task.bpf.h"
#include "cell.bpf.h"
#include "cgroup.bpf.h"
#include "event.bpf.h"
#include "cpuset.bpf.h"
#include "order.bpf.h"
#include "stats.bpf.h"
#include "lend.bpf.h"
#include "pick_cpu.bpf.h"
#include "place.bpf.h"
#include "leftover.bpf.h"
#include "choose.bpf.h"
#include "hotplug.bpf.h"
#include "apply.bpf.h"
#include "settle.bpf.h"
#include "waits.bpf.h"
#include "report.bpf.h"

char _license[] SEC("license") = "GPL";

s32 SCX_OP(mitosis_select_cpu, struct task_struct *p, s32 prev_cpu, u64 wake_flags)
{
	return place_select(p, prev_cpu);
}

void SCX_OP(mitosis_enqueue, struct task_struct *p, u64 enq_flags)
{
	place_enqueue(p, enq_flags);
}

void SCX_OP(mitosis_dispatch, s32 cpu, struct task_struct *prev)
{
	choose_next(cpu, prev);
}

bool SCX_OP(mitosis_yield, struct task_struct *from, struct task_struct *to)
{
	struct task_ctx *t = task_ctx_of(from);

	if (t)
		t->yielded = 1;
	scx_set_slice(from, 0);
	return false;
}

void SCX_OP(mitosis_running, struct task_struct *p)
{
	struct task_ctx *t = task_ctx_of(p);

	if (t)
		choose_start(p, t, scx_bpf_task_cpu(p));
}

void SCX_OP(mitosis_stopping, struct task_struct *p, bool runnable)
{
	struct task_ctx *t = task_ctx_of(p);

	if (!t)
		return;
	choose_stop(p, t, scx_bpf_task_cpu(p));
	if (runnable) {
		stats_ready(p, t);
	} else {
		order_unweigh(t);
		group_leave(t);
	}
}

void SCX_OP(mitosis_tick, struct task_struct *p)
{
	choose_tick(p);
}

/* Called for migrate_disable() and back, too; only a lasting change is looked at (pin.bpf.h). */
void SCX_OP(mitosis_set_cpumask, struct task_struct *p, const struct cpumask *mask)
{
	struct task_ctx *t = task_ctx_of(p);

	if (t && !scx_migration_disabled(p))
		t->pin_seen = 0;
}

void SCX_OP(mitosis_enable, struct task_struct *p)
{
	struct task_ctx *t = task_ctx_of(p);

	if (t)
		stats_enable(p, t);
}

void SCX_OP(mitosis_disable, struct task_struct *p)
{
	struct task_ctx *t = task_ctx_of(p);

	if (!t)
		return;
	order_unweigh(t);
	group_leave(t);
}

/*
 * The controller came or went. Where there are tasks, they look for their group anew; where there
 * are cgroups below, those of cells may.
 */
static __always_inline void groups_changed(struct cgroup *cgrp)
{
	if (!list_is_empty(&cgrp->self.children))
		group_rebase();
	if (!list_is_empty(&cgrp->cset_links))
		__sync_fetch_and_add(&owners_epoch, 1);
}

s32 SCX_OP_SLEEPABLE(mitosis_cgroup_init, struct cgroup *cgrp, struct scx_cgroup_init_args *args)
{
	event_debug(MITOSIS_EVENT_CGROUP, 0, cgrp->kn->id, 0);
	group_come(cgrp, args->weight);
	groups_changed(cgrp);
	return 0;
}

void SCX_OP_SLEEPABLE(mitosis_cgroup_exit, struct cgroup *cgrp)
{
	u64 id = cgrp->kn->id;

	event_debug(MITOSIS_EVENT_RMDIR, 0, id, 0);
	group_go(id, bpf_map_lookup_elem(&owners, &id));
	groups_changed(cgrp);
}

void SCX_OP(mitosis_cgroup_move, struct task_struct *p, struct cgroup *from, struct cgroup *to)
{
	event_debug(MITOSIS_EVENT_MOVE, p->pid, to->kn->id, 0);
}

void SCX_OP(mitosis_cgroup_set_weight, struct cgroup *cgrp, u32 weight)
{
	group_set_weight(cgrp->kn->id, weight);
}

s32 SCX_OP_SLEEPABLE(mitosis_init_task, struct task_struct *p, struct scx_init_task_args *args)
{
	struct task_ctx *t =
		bpf_task_storage_get(&task_ctxs, p, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (t)
		event_debug(MITOSIS_EVENT_TASK, p->pid, 0, 0);
	return t ? 0 : -ENOMEM;
}

void SCX_OP_SLEEPABLE(mitosis_cpu_online, s32 cpu)
{
	hotplug_come(cpu);
}

void SCX_OP_SLEEPABLE(mitosis_cpu_offline, s32 cpu)
{
	hotplug_leave(cpu);
}

s32 SCX_OP_SLEEPABLE(mitosis_init)
{
	int err = hotplug_init();

	if (!err)
		err = lend_init();
	if (!err)
		err = steal_init();
	if (!err)
		err = scx_bpf_create_dsq(dsq_overflow(), -1);
	/* The staged configuration is in force before the first task is ours. */
	return err ? err : apply_staged();
}

void SCX_OP_SLEEPABLE(mitosis_exit, struct scx_exit_info *ei)
{
	report_exit(ei);
}

void SCX_OP(mitosis_dump, struct scx_dump_ctx *dump)
{
	report_dump();
}

SEC("syscall")
int apply_config(void *ctx)
{
	int err = apply_staged();

	apply_kick_moved();
	return err;
}

SEC("syscall")
int settle(void *ctx)
{
	settle_cells();
	settle_cpus();
	settle_overflow();
	return 0;
}

SEC("syscall")
int look_at_waits(void *ctx)
{
	waits_look();
	return 0;
}

/* Flags and limits are the loader's to set, as the running kernel knows them. */
SEC(".struct_ops.link")
struct sched_ext_ops mitosis_ops = {
	.select_cpu = (void *)mitosis_select_cpu,
	.enqueue = (void *)mitosis_enqueue,
	.dispatch = (void *)mitosis_dispatch,
	.running = (void *)mitosis_running,
	.stopping = (void *)mitosis_stopping,
	.tick = (void *)mitosis_tick,
	.set_cpumask = (void *)mitosis_set_cpumask,
	.yield = (void *)mitosis_yield,
	.enable = (void *)mitosis_enable,
	.disable = (void *)mitosis_disable,
	.cgroup_init = (void *)mitosis_cgroup_init,
	.cgroup_exit = (void *)mitosis_cgroup_exit,
	.cgroup_move = (void *)mitosis_cgroup_move,
	.cgroup_set_weight = (void *)mitosis_cgroup_set_weight,
	.init_task = (void *)mitosis_init_task,
	.cpu_online = (void *)mitosis_cpu_online,
	.cpu_offline = (void *)mitosis_cpu_offline,
	.init = (void *)mitosis_init,
	.exit = (void *)mitosis_exit,
	.dump = (void *)mitosis_dump,
	.name = "mitosis",
};
