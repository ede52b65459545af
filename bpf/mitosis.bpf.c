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
#include "order.bpf.h"
#include "stats.bpf.h"
#include "pick_cpu.bpf.h"
#include "place.bpf.h"
#include "leftover.bpf.h"
#include "choose.bpf.h"
#include "hotplug.bpf.h"
#include "apply.bpf.h"
#include "settle.bpf.h"
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
	s32 cpu = scx_bpf_task_cpu(p);

	if (!t)
		return;
	stats_running(t, cpu);
	order_start(p, t, cpu);
	order_share(p, cpu);
	choose_evict_misplaced(p, t, cpu);
}

void SCX_OP(mitosis_stopping, struct task_struct *p, bool runnable)
{
	struct task_ctx *t = task_ctx_of(p);

	if (!t)
		return;
	choose_account(p, t, scx_bpf_task_cpu(p));
	if (runnable)
		stats_ready(t);
}

/* From another scheduling class: what it waited for there is not ours to count. */
void SCX_OP(mitosis_enable, struct task_struct *p)
{
	struct task_ctx *t = task_ctx_of(p);

	if (t)
		t->waiting_since = 0;
}

s32 SCX_OP_SLEEPABLE(mitosis_init_task, struct task_struct *p, struct scx_init_task_args *args)
{
	struct task_ctx *t =
		bpf_task_storage_get(&task_ctxs, p, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);

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
	.yield = (void *)mitosis_yield,
	.enable = (void *)mitosis_enable,
	.init_task = (void *)mitosis_init_task,
	.cpu_online = (void *)mitosis_cpu_online,
	.cpu_offline = (void *)mitosis_cpu_offline,
	.init = (void *)mitosis_init,
	.exit = (void *)mitosis_exit,
	.dump = (void *)mitosis_dump,
	.name = "mitosis",
};
