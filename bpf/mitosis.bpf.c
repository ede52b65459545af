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
#include "leftover.bpf.h"
#include "hotplug.bpf.h"
#include "apply.bpf.h"
#include "settle.bpf.h"
#include "report.bpf.h"

char _license[] SEC("license") = "GPL";

#define NO_LAG ((s64)((1ULL << 63) - 1))

static __always_inline void kick_idle(s32 cpu)
{
	scx_bpf_kick_cpu(cpu, SCX_ENUM(scx_kick_flags, SCX_KICK_IDLE));
}

static __always_inline bool is_last(u64 enq_flags)
{
	return enq_flags & SCX_ENUM(scx_enq_flags, SCX_ENQ_LAST);
}

/*
 * Every wakeup comes here (SCX_OPS_ALLOW_QUEUED_WAKEUP is off), and the CPU returned is one of the
 * cell's: its rq lock, held in enqueue, is what makes a queued task's CPU look for it in time.
 */
s32 SCX_OP(mitosis_select_cpu, struct task_struct *p, s32 prev_cpu, u64 wake_flags)
{
	struct task_ctx *t = task_ctx_of(p);
	struct mitosis_counters *stats;
	const struct cpumask *mask;
	u32 cell;
	bool wide;
	s32 cpu;

	if (!t)
		return prev_cpu;
	t->waiting_since = scx_now();
	cell = queue_cell_of(task_cell(p, t));
	mask = primary_of(cell);
	if (!mask)
		return prev_cpu;
	wide = task_is_wide(p, cell);
	if (wide)
		cpu = pick_idle_near(mask, cell, prev_cpu);
	else
		cpu = pick_idle_constrained(p, mask, prev_cpu);
	if (cpu >= 0) {
		order_place(t, wide ? dsq_of_cell(cell, 0) : dsq_of_cpu(cpu));
		t->patient = 0;
		stats = stats_here(t->cell);
		if (stats)
			stats->dispatch_local++;
		scx_insert(p, scx_local_dsq(), slice_ns, 0);
		return cpu;
	}
	if (cpu_owned_by(prev_cpu, cell))
		return prev_cpu;
	cpu = bpf_cpumask_any_and_distribute(mask, p->cpus_ptr);
	return cpu < nr_cpu_ids ? cpu : prev_cpu;
}

/* No queue fits: whichever CPU may run it does, as its last resort. */
static __always_inline void enqueue_overflow(struct task_struct *p, u64 enq_flags)
{
	s32 cpu;

	scx_insert(p, dsq_overflow(), slice_ns, enq_flags);
	cpu = scx_bpf_pick_idle_cpu(p->cpus_ptr, 0);
	if (cpu < 0 && is_last(enq_flags))
		cpu = scx_bpf_task_cpu(p);
	if (cpu >= 0)
		kick_idle(cpu);
}

static __always_inline void enqueue_private(struct task_struct *p, struct task_ctx *t, s32 cpu,
					    u64 enq_flags)
{
	struct mitosis_counters *stats = stats_here(t->cell);
	u64 dsq = dsq_of_cpu(cpu);

	if (stats) {
		stats->dispatch_cpu_queue++;
		stats->affinity_violations++;
	}
	scx_insert_vtime(p, dsq, slice_ns, order_place(t, dsq), enq_flags);
	/*
	 * The CPU whose rq is locked either is idle, and its bit says so, or looks into its queue
	 * again; unless it is about to go idle, which SCX_ENQ_LAST says. Of another CPU nothing is
	 * certain before the kick is carried out.
	 */
	if (scx_bpf_test_and_clear_cpu_idle(cpu) || cpu != scx_bpf_task_cpu(p) ||
	    is_last(enq_flags))
		kick_idle(cpu);
}

/*
 * The insertion takes effect when enqueue returns, kicks after that. So a CPU that goes idle after
 * the search below may miss the task; the CPU whose rq is locked cannot, if it serves the queue and
 * is not itself about to go idle. Otherwise one that serves it is kicked whatever it seemed to do.
 */
static __always_inline void enqueue_cell(struct task_struct *p, struct task_ctx *t, u32 cell,
					 u64 enq_flags)
{
	struct mitosis_counters *stats = stats_here(t->cell);
	const struct cpumask *mask = primary_of(cell);
	s32 cpu = -1;

	if (stats)
		stats->dispatch_cell_queue++;
	order_queue(p, t, cell, enq_flags);
	if (mask)
		cpu = pick_idle(mask);
	if (cpu < 0 && mask && (is_last(enq_flags) || !cpu_owned_by(scx_bpf_task_cpu(p), cell)))
		cpu = bpf_cpumask_any_distribute(mask);
	if (!mask || cpu >= (s32)nr_cpu_ids)
		cpu = scx_bpf_pick_idle_cpu(p->cpus_ptr, 0);
	if (cpu >= 0)
		kick_idle(cpu);
}

/* Every way out inserts the task exactly once. */
void SCX_OP(mitosis_enqueue, struct task_struct *p, u64 enq_flags)
{
	struct task_ctx *t = task_ctx_of(p);
	u32 cell;
	s32 cpu;

	if (!t) {
		enqueue_overflow(p, enq_flags);
		return;
	}
	stats_ready(t);
	t->yielded = 0;
	cell = queue_cell_of(task_cell(p, t));
	cpu = pick_only(p);
	if (cpu < 0 && task_is_wide(p, cell)) {
		enqueue_cell(p, t, cell, enq_flags);
		return;
	}
	if (cpu < 0)
		cpu = pick_private(p, primary_of(cell), scx_bpf_task_cpu(p));
	if (cpu_is_online(cpu))
		enqueue_private(p, t, cpu, enq_flags);
	else
		enqueue_overflow(p, enq_flags);
}

static __always_inline void account(struct task_struct *p, struct task_ctx *t, s32 cpu)
{
	stats_ran(t, cpu, order_charge(p, t));
}

/* Whether a running task may go on where it is, as far as ownership is concerned. */
static __always_inline bool may_stay(struct task_struct *p, struct task_ctx *t, u32 owner)
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

static __always_inline bool take_turn(struct mitosis_cpu *c, u32 cpu, u32 owner)
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
static __always_inline struct task_ctx *staying(struct task_struct *prev, s32 cpu, u32 owner)
{
	struct task_ctx *t;

	if (!(prev->scx.flags & SCX_ENUM(scx_ent_flags, SCX_TASK_QUEUED)))
		return NULL;
	t = task_ctx_of(prev);
	if (!t)
		return NULL;
	account(prev, t, cpu);
	return may_stay(prev, t, owner) ? t : NULL;
}

/*
 * Three candidates, by lag: who ran until now, the private queue, the cell's queue. The order may
 * be a guess, as both queues change meanwhile; that each is tried before the CPU gives up is not.
 */
void SCX_OP(mitosis_dispatch, s32 cpu, struct task_struct *prev)
{
	struct mitosis_cpu *c = cpu_of(cpu);
	struct task_ctx *t = NULL;
	u64 own, patient, private = dsq_of_cpu(cpu);
	s64 own_lag, private_lag;
	u32 owner;

	if (!c)
		return;
	owner = *(volatile u32 *)&c->owner;
	own = owner < nr_cells ? dsq_of_cell(owner, 0) : dsq_overflow();
	patient = owner < nr_cells ? dsq_of_patient(owner, 0) : dsq_overflow();
	if (owner < nr_cells)
		order_follow(c, owner);
	if (take_turn(c, cpu, owner))
		return;
	if (prev)
		t = staying(prev, cpu, owner);
	own_lag = order_lag_of_head(own, NO_LAG);
	private_lag = order_lag_of_head(private, NO_LAG);
	if (t && !t->yielded) {
		s64 lag = order_lag_of_task(t);

		if (lag <= own_lag && lag <= private_lag &&
		    !(owner < nr_cells && order_patience_ends(owner))) {
			scx_set_slice(prev, slice_ns);
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
		scx_set_slice(prev, slice_ns);
	}
}

bool SCX_OP(mitosis_yield, struct task_struct *from, struct task_struct *to)
{
	struct task_ctx *t = task_ctx_of(from);

	if (t)
		t->yielded = 1;
	scx_set_slice(from, 0);
	return false;
}

/*
 * A task that got in while its CPU changed hands is sent on at the next tick; the switch itself has
 * stopped whoever ran there before.
 */
static __always_inline void evict_if_misplaced(struct task_struct *p, struct task_ctx *t, s32 cpu)
{
	u32 cell = queue_cell_of(t->cell);

	if (!cpu_owned_by(cpu, cell) && task_is_wide(p, cell))
		scx_set_slice(p, 0);
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
	evict_if_misplaced(p, t, cpu);
}

void SCX_OP(mitosis_stopping, struct task_struct *p, bool runnable)
{
	struct task_ctx *t = task_ctx_of(p);

	if (!t)
		return;
	account(p, t, scx_bpf_task_cpu(p));
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
	hotplug_change(cpu, 1);
}

void SCX_OP_SLEEPABLE(mitosis_cpu_offline, s32 cpu)
{
	hotplug_change(cpu, 0);
	leftover_spill(dsq_of_cpu(cpu));
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
