/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's types and the sched_ext kfuncs as this scheduler calls them: the newest variant
 * first, the one it replaced where the running kernel lacks it. Decided by symbol, never by
 * version; what is not taken is removed at load.
 */
#ifndef MITOSIS_SCX_BPF_H
#define MITOSIS_SCX_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

enum errors {
	ENOMEM = 12,
	EBUSY = 16,
	EINVAL = 22,
	EOPNOTSUPP = 95,
};

#define PF_KTHREAD 0x00200000 /* include/linux/sched.h */

#define SCX_OP(name, args...)                                                                      \
	SEC("struct_ops/" #name)                                                                   \
	BPF_PROG(name, ##args)
#define SCX_OP_SLEEPABLE(name, args...)                                                            \
	SEC("struct_ops.s/" #name)                                                                 \
	BPF_PROG(name, ##args)

/*
 * libbpf takes what follows the last "___" of a name as a flavour of ours, so a kfunc whose own
 * name has one needs a second.
 */
extern bool scx_bpf_dsq_insert___v2___new(struct task_struct *p, u64 dsq, u64 slice,
					  u64 flags) __ksym __weak;
extern bool scx_bpf_dsq_move_to_local___v2___new(u64 dsq, u64 flags) __ksym __weak;

/* Their names in 6.12. */
extern void scx_bpf_dispatch(struct task_struct *p, u64 dsq, u64 slice, u64 flags) __ksym __weak;
extern void scx_bpf_dispatch_vtime(struct task_struct *p, u64 dsq, u64 slice, u64 vtime,
				   u64 flags) __ksym __weak;
extern bool scx_bpf_consume(u64 dsq) __ksym __weak;
extern bool scx_bpf_dispatch_from_dsq(struct bpf_iter_scx_dsq *it, struct task_struct *p, u64 dsq,
				      u64 flags) __ksym __weak;

extern void scx_bpf_dispatch_from_dsq_set_vtime(struct bpf_iter_scx_dsq *it,
						u64 vtime) __ksym __weak;
extern bool scx_bpf_dispatch_vtime_from_dsq(struct bpf_iter_scx_dsq *it, struct task_struct *p,
					    u64 dsq, u64 flags) __ksym __weak;

/* The iterator behind bpf_for_each(), for kfuncs that take it. */
#define BPF_FOR_EACH_ITER (&___it)

/*
 * Type information without 64-bit enumerators (of older tools, or so asked for) has the lower half
 * of the value alone; the whole one then is that of the kernel this was built for.
 */
static __always_inline u64 scx_whole(u64 found, u64 built)
{
	return found == (u32)built ? built : found;
}

/* The running kernel's value; 0 where it has none. */
#define SCX_ENUM(type, value)                                                                      \
	(bpf_core_enum_value_exists(enum type, value)                                              \
		 ? scx_whole(bpf_core_enum_value(enum type, value), value)                         \
		 : 0)

static __always_inline u64 scx_local_dsq(void)
{
	return SCX_ENUM(scx_dsq_id_flags, SCX_DSQ_LOCAL);
}

static __always_inline void scx_insert(struct task_struct *p, u64 dsq, u64 slice, u64 flags)
{
	if (bpf_ksym_exists(scx_bpf_dsq_insert___v2___new))
		scx_bpf_dsq_insert___v2___new(p, dsq, slice, flags);
	else if (bpf_ksym_exists(scx_bpf_dsq_insert))
		scx_bpf_dsq_insert(p, dsq, slice, flags);
	else
		scx_bpf_dispatch(p, dsq, slice, flags);
}

static __always_inline void scx_insert_vtime(struct task_struct *p, u64 dsq, u64 slice, u64 vtime,
					     u64 flags)
{
	if (bpf_ksym_exists(__scx_bpf_dsq_insert_vtime)) {
		struct scx_bpf_dsq_insert_vtime_args args = {
			.dsq_id = dsq,
			.slice = slice,
			.vtime = vtime,
			.enq_flags = flags,
		};

		__scx_bpf_dsq_insert_vtime(p, &args);
	} else if (bpf_ksym_exists(scx_bpf_dsq_insert_vtime)) {
		scx_bpf_dsq_insert_vtime(p, dsq, slice, vtime, flags);
	} else {
		scx_bpf_dispatch_vtime(p, dsq, slice, vtime, flags);
	}
}

/* `flags` are lost on kernels whose kfunc takes none. */
static __always_inline bool scx_move_to_local(u64 dsq, u64 flags)
{
	if (bpf_ksym_exists(scx_bpf_dsq_move_to_local___v2___new))
		return scx_bpf_dsq_move_to_local___v2___new(dsq, flags);
	if (bpf_ksym_exists(scx_bpf_dsq_move_to_local))
		return scx_bpf_dsq_move_to_local(dsq);
	return scx_bpf_consume(dsq);
}

/* Into a queue ordered by virtual time, at `vtime`. */
static __always_inline bool scx_move_vtime(struct bpf_iter_scx_dsq *it, struct task_struct *p,
					   u64 dsq, u64 vtime)
{
	if (bpf_ksym_exists(scx_bpf_dsq_move_vtime)) {
		scx_bpf_dsq_move_set_vtime(it, vtime);
		return scx_bpf_dsq_move_vtime(it, p, dsq, 0);
	}
	scx_bpf_dispatch_from_dsq_set_vtime(it, vtime);
	return scx_bpf_dispatch_vtime_from_dsq(it, p, dsq, 0);
}

static __always_inline bool scx_move(struct bpf_iter_scx_dsq *it, struct task_struct *p, u64 dsq)
{
	if (bpf_ksym_exists(scx_bpf_dsq_move))
		return scx_bpf_dsq_move(it, p, dsq, 0);
	return scx_bpf_dispatch_from_dsq(it, p, dsq, 0);
}

/* Of a task whose rq is locked by the caller. */
static __always_inline void scx_set_slice(struct task_struct *p, u64 slice)
{
	if (bpf_ksym_exists(scx_bpf_task_set_slice))
		scx_bpf_task_set_slice(p, slice);
	else
		p->scx.slice = slice;
}

/*
 * An idle CPU of mask and affinity, now claimed, or negative; -EOPNOTSUPP where the kernel cannot
 * search an intersection. For the task of the callback only. No wake flags: a synchronous wakeup
 * must not leave the mask.
 */
static __always_inline s32 scx_select_and(struct task_struct *p, const struct cpumask *mask,
					  s32 prev, u64 flags)
{
	if (bpf_ksym_exists(__scx_bpf_select_cpu_and)) {
		struct scx_bpf_select_cpu_and_args args = {
			.prev_cpu = prev,
			.wake_flags = 0,
			.flags = flags,
		};

		return __scx_bpf_select_cpu_and(p, mask, &args);
	}
	if (bpf_ksym_exists(scx_bpf_select_cpu_and))
		return scx_bpf_select_cpu_and(p, prev, 0, mask, flags);
	return -EOPNOTSUPP;
}

static __always_inline u64 scx_now(void)
{
	return bpf_ksym_exists(scx_bpf_now) ? scx_bpf_now() : bpf_ktime_get_ns();
}

static __always_inline bool scx_has_queued(u64 dsq)
{
	return scx_bpf_dsq_nr_queued(dsq) > 0;
}

/* Moves the first task that this CPU may run to its local queue, if there is one. */
static __always_inline bool scx_take(u64 dsq)
{
	return scx_move_to_local(dsq, 0);
}

/* Peek at queues without their lock, where the kernel does it right. */
const volatile __u32 lockless_peek = 0;

/*
 * The key of the first task of a queue ordered by virtual time. Only for ordering: the answer may
 * be old by the time it is used, and false says nothing about the queue.
 */
static __always_inline bool scx_head_vtime(u64 dsq, u64 *vtime)
{
	struct task_struct *p;

	/* Before the kernel that brought the other kfunc it may return a task of an empty queue. */
	if (lockless_peek && bpf_ksym_exists(scx_bpf_dsq_peek) &&
	    bpf_ksym_exists(scx_bpf_dsq_move_to_local___v2___new)) {
		p = scx_bpf_dsq_peek(dsq);
		if (!p)
			return false;
		*vtime = p->scx.dsq_vtime;
		return true;
	}
	if (!scx_has_queued(dsq))
		return false;
	bpf_for_each (scx_dsq, p, dsq, 0) {
		*vtime = p->scx.dsq_vtime;
		return true;
	}
	return false;
}

/*
 * Whether p may not leave its CPU now. Under PREEMPT_RCU the prologue of this very program counts
 * once for the current task; a kernel without it may count or not, and then believing the count is
 * the safe side (the task keeps to its CPU's own queue).
 */
static __always_inline bool scx_migration_disabled(const struct task_struct *p)
{
	u32 prologue = 0;

	if (bpf_core_field_exists(p->rcu_read_lock_nesting) && p == bpf_get_current_task_btf())
		prologue = 1;
	return p->migration_disabled > prologue;
}

/* The kfunc that scx_bpf_cpu_curr() replaced. */
extern struct rq *scx_bpf_cpu_rq(s32 cpu) __ksym __weak;
extern struct task_struct *bpf_task_from_pid(s32 pid) __ksym __weak;
extern void bpf_task_release(struct task_struct *p) __ksym __weak;

/*
 * What runs on the CPU, or ran a moment ago, where the kernel has no scx_bpf_cpu_curr(): what it
 * shows instead may only be read, so the task is taken by its number. To be released.
 */
static __always_inline struct task_struct *scx_acquire_curr(s32 cpu)
{
	struct rq *rq = bpf_ksym_exists(scx_bpf_cpu_rq) ? scx_bpf_cpu_rq(cpu) : NULL;
	s32 pid = rq ? rq->curr->pid : 0;

	return pid && bpf_ksym_exists(bpf_task_from_pid) ? bpf_task_from_pid(pid) : NULL;
}

#define scx_error(fmt, args...)                                                                    \
	({                                                                                         \
		static char scx_error_fmt[] = fmt;                                                 \
		unsigned long long scx_error_args[] = {args};                                      \
                                                                                                   \
		scx_bpf_error_bstr(scx_error_fmt, scx_error_args, sizeof(scx_error_args));         \
	})

static __always_inline bool list_is_empty(const struct list_head *head)
{
	return head->next == head;
}

#define scx_dump(fmt, args...)                                                                     \
	({                                                                                         \
		static char scx_dump_fmt[] = fmt;                                                  \
		unsigned long long scx_dump_args[] = {args};                                       \
                                                                                                   \
		scx_bpf_dump_bstr(scx_dump_fmt, scx_dump_args, sizeof(scx_dump_args));             \
	})

#endif
