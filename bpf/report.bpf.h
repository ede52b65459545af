/* SPDX-License-Identifier: GPL-2.0-only */
/* What the scheduler says when it ends: the exit record, and the state in the kernel's dump. */
#ifndef MITOSIS_REPORT_BPF_H
#define MITOSIS_REPORT_BPF_H

#include "apply.bpf.h"
#include "cell.bpf.h"
#include "cgroup.bpf.h"
#include "dsq.h"
#include "event.bpf.h"
#include "order.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} exits SEC(".maps");

/* The kernel's dump, which it makes before it ends the scheduler by an error. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(u32));
	__uint(value_size, MITOSIS_DUMP_LEN);
} exit_dump SEC(".maps");

const volatile __u32 exit_dump_len = MITOSIS_DUMP_LEN; /* the loader's to set, as the map's */

/* How many of the last events the dump has room for. */
const volatile __u32 dump_events = 0;

/* By enum mitosis_event_kind. */
static const char report_words[MITOSIS_EVENT_CPU + 1][48] = {
	"something unknown",
	"a cpuset was changed",
	"a task's affinity names some CPUs of its cell",
	"a task came",
	"a task's cell is another one now",
	"a cgroup came",
	"a cgroup went",
	"a task changed its cgroup",
	"a configuration is in force",
	"a task runs on a CPU of a cell not its own",
	"a cell took a CPU back",
	"a task was taken from a sibling's queue",
	"a CPU came or went",
};

static __always_inline void report_exit(struct scx_exit_info *ei)
{
	struct mitosis_exit *e;
	u32 key = 0;
	char *dump = bpf_map_lookup_elem(&exit_dump, &key);

	/* Before the record, which wakes the loader. Without a dump this leaves an empty text. */
	if (dump)
		bpf_probe_read_kernel_str(dump, exit_dump_len, ei->dump);
	e = bpf_ringbuf_reserve(&exits, sizeof(*e), 0);
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
			scx_dump("cell %u llc %u: cpus %u queued %d vtime %llu weight %llu\n", id,
				 llc, q->nr_cpus, scx_bpf_dsq_nr_queued(dsq), q->vtime_now,
				 q->weight >> VTIME_SCALE_BITS);
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
			 c->cgroup, c->nr_cpus, c->queue_cell, cell_is_orphan(id));
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

static __always_inline void report_event(const struct mitosis_event *e, u64 now)
{
	u32 kind = e->kind <= MITOSIS_EVENT_CPU ? e->kind : 0;

	scx_dump("event: %llu us ago: %s: pid %u cgroup %llu cell %d cpu %u\n",
		 now > e->at ? (now - e->at) / 1000 : 0, (u64)report_words[kind], e->pid, e->cgroup,
		 e->cell, e->cpu);
}

/* The newest last. One that is written meanwhile may come out as a mixture. */
static __noinline void report_events(void)
{
	u64 now = bpf_ktime_get_ns(), end = nr_events;
	u32 i;

	bpf_for (i, 0, dump_events) {
		u64 nr = end - dump_events + i;
		u32 key = nr % MITOSIS_LAST_EVENTS;
		struct mitosis_event *e;

		if (nr >= end) /* there were not so many: it wrapped around */
			continue;
		e = bpf_map_lookup_elem(&last_events, &key);
		if (e)
			report_event(e, now);
	}
}

static __always_inline void report_dump(void)
{
	scx_dump("overflow: queued %d; orphans %u; owners epoch %llu\n",
		 scx_bpf_dsq_nr_queued(dsq_overflow()), nr_orphans, owners_epoch);
	scx_dump("configurations: %llu; cells that the last one touched %u\n", applied_configs,
		 nr_touched);
	report_cells();
	report_cpus();
	if (debug_events)
		report_events();
}

#endif
