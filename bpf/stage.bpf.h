/* SPDX-License-Identifier: GPL-2.0-only */
/* The staged configuration, written by the loader through mapped memory, and whether it is sound.
 */
#ifndef MITOSIS_STAGE_BPF_H
#define MITOSIS_STAGE_BPF_H

#include "cell.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* nr_cells */
	__type(key, u32);
	__type(value, struct mitosis_stage_cell);
} stage_cells SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* nr_cpu_ids */
	__type(key, u32);
	__type(value, struct mitosis_stage_cpu);
} stage_cpus SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* nr_cells * nr_words */
	__type(key, u32);
	__type(value, u64);
} stage_envelopes SEC(".maps");

const volatile __u32 nr_words = 1; /* of 64 bits that hold nr_cpu_ids */

static __always_inline struct mitosis_stage_cell *staged_cell(u32 cell)
{
	return bpf_map_lookup_elem(&stage_cells, &cell);
}

static __always_inline u32 staged_owner(u32 cpu)
{
	struct mitosis_stage_cpu *s = bpf_map_lookup_elem(&stage_cpus, &cpu);

	return s ? s->owner : MITOSIS_NO_CELL;
}

static __noinline int stage_check_cells(void)
{
	u32 i;

	bpf_for (i, 0, nr_cells) {
		u32 id = i;
		struct mitosis_stage_cell *s = staged_cell(id);
		struct mitosis_cell *c = cell_of(id);

		if (!s || !c || s->live > 1)
			return -EINVAL;
		if (id == MITOSIS_ROOT_CELL ? !s->live || s->cgroup : s->live && !s->cgroup)
			return -EINVAL;
		if (!s->live)
			continue;
		/* An id has one cgroup for life, and no new life before its queue is empty. */
		if (c->state == MITOSIS_CELL_RETIRED)
			return -EBUSY;
		if (c->state == MITOSIS_CELL_LIVE && c->cgroup != s->cgroup)
			return -EBUSY;
	}
	return 0;
}

static __noinline int stage_check_cpus(void)
{
	u32 i;

	bpf_for (i, 0, nr_cpu_ids) {
		u32 owner = staged_owner(i);
		struct mitosis_stage_cell *s;

		if (owner == MITOSIS_NO_CELL)
			continue;
		s = staged_cell(owner);
		if (!s || !s->live)
			return -EINVAL;
	}
	return 0;
}

#endif
