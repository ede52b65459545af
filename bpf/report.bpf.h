/* SPDX-License-Identifier: GPL-2.0-only */
/* What the scheduler says when it ends: the exit record, and the state in the kernel's dump. */
#ifndef MITOSIS_REPORT_BPF_H
#define MITOSIS_REPORT_BPF_H

#include "cell.bpf.h"
#include "cgroup.bpf.h"
#include "dsq.h"
#include "order.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} exits SEC(".maps");

static __always_inline void report_exit(struct scx_exit_info *ei)
{
	struct mitosis_exit *e = bpf_ringbuf_reserve(&exits, sizeof(*e), 0);

	if (!e)
		return;
	e->kind = ei->kind;
	e->pad = 0;
	e->code = ei->exit_code;
	if (bpf_probe_read_kernel_str(e->reason, sizeof(e->reason), ei->reason) < 0)
		e->reason[0] = 0;
	if (bpf_probe_read_kernel_str(e->msg, sizeof(e->msg), ei->msg) < 0)
		e->msg[0] = 0;
	bpf_ringbuf_submit(e, 0);
}

static __noinline void report_queues(u32 id)
{
	u32 i;

	bpf_for (i, 0, nr_llcs) {
		u32 llc = i;
		u64 dsq = dsq_of_cell(id, llc);
		struct mitosis_queue *q = queue_of(id, llc);

		if (q && q->exists)
			scx_dump("cell %u llc %u: cpus %u queued %d vtime %llu\n", id, llc,
				 q->nr_cpus, scx_bpf_dsq_nr_queued(dsq), q->vtime_now);
	}
}

static __noinline void report_cells(void)
{
	u32 i;

	bpf_for (i, 0, nr_cells) {
		u32 id = i;
		struct mitosis_cell *c = cell_of(id);

		if (!c || c->state == MITOSIS_CELL_FREE)
			continue;
		scx_dump("cell %u: state %u cgroup %llu cpus %u queue %u orphan %u\n", id, c->state,
			 c->cgroup, c->nr_cpus, c->queue_cell, c->orphan);
		scx_dump("cell %u: lend %u borrows %u patient %d waiting %llx\n", id, c->lend,
			 c->borrows, scx_bpf_dsq_nr_queued(dsq_of_patient(id)), c->waiting_llcs);
		report_queues(id);
	}
}

static __noinline void report_cpus(void)
{
	u32 i;

	bpf_for (i, 0, nr_cpu_ids) {
		u32 cpu = i;
		struct mitosis_cpu *c = cpu_of(cpu);

		if (!c)
			continue;
		scx_dump("cpu %u: cell %d llc %u online %u guest %u queued %d vtime %llu\n", cpu,
			 c->owner, c->llc, c->online, c->guest,
			 scx_bpf_dsq_nr_queued(dsq_of_cpu(cpu)), c->vtime_now);
	}
}

static __always_inline void report_dump(void)
{
	scx_dump("overflow: queued %d; orphans %u; owners epoch %llu\n",
		 scx_bpf_dsq_nr_queued(dsq_overflow()), nr_orphans, owners_epoch);
	report_cells();
	report_cpus();
}

#endif
