/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ids of dispatch queues. Plain C, also compiled by the unit tests.
 *
 *   63   62..60   59..28   27..12   11..0
 *   0    type     zero     cell     LLC     a cell's queue in one LLC
 *   0    type     zero     CPU (28 bits)    a CPU's private queue
 *   0    type     zero     cell     zero    its patient tasks (order.bpf.h)
 *   0    type     zero                      the overflow queue
 *
 * Bit 63 belongs to the kernel. No type is 0, so no id is 0.
 */
#ifndef MITOSIS_DSQ_H
#define MITOSIS_DSQ_H

#include "intf.h"

enum dsq_type {
	DSQ_TYPE_CELL = 1,
	DSQ_TYPE_CPU = 2,
	DSQ_TYPE_OVERFLOW = 3,
	DSQ_TYPE_PATIENT = 4,
};

enum dsq_layout {
	DSQ_LLC_BITS = 12,
	DSQ_CELL_BITS = 16,
	DSQ_CPU_BITS = 28,
	DSQ_TYPE_SHIFT = 60,
	DSQ_TYPE_BITS = 3,
};
static_assert((1 << DSQ_LLC_BITS) >= MITOSIS_MAX_LLCS, "an LLC fits its field");
static_assert((1 << DSQ_CELL_BITS) >= MITOSIS_MAX_CELLS, "a cell fits its field");
static_assert((1 << DSQ_CPU_BITS) >= MITOSIS_MAX_CPUS, "a CPU fits its field");
static_assert(DSQ_LLC_BITS + DSQ_CELL_BITS <= DSQ_TYPE_SHIFT, "cell ids do not reach the type");
static_assert(DSQ_TYPE_SHIFT + DSQ_TYPE_BITS <= 63, "bit 63 stays clear");

static inline __u64 dsq_make(__u64 type, __u64 low)
{
	return type << DSQ_TYPE_SHIFT | low;
}

static inline __u64 dsq_of_cell(__u32 cell, __u32 llc)
{
	return dsq_make(DSQ_TYPE_CELL, (__u64)cell << DSQ_LLC_BITS | llc);
}

static inline __u64 dsq_of_cpu(__u32 cpu)
{
	return dsq_make(DSQ_TYPE_CPU, cpu);
}

static inline __u64 dsq_of_patient(__u32 cell)
{
	return dsq_make(DSQ_TYPE_PATIENT, (__u64)cell << DSQ_LLC_BITS);
}

static inline __u64 dsq_overflow(void)
{
	return dsq_make(DSQ_TYPE_OVERFLOW, 0);
}

static inline __u32 dsq_type(__u64 dsq)
{
	return (__u32)(dsq >> DSQ_TYPE_SHIFT);
}

/* Meaningful for DSQ_TYPE_CELL and DSQ_TYPE_PATIENT. */
static inline __u32 dsq_cell(__u64 dsq)
{
	return (__u32)(dsq >> DSQ_LLC_BITS) & ((1U << DSQ_CELL_BITS) - 1);
}

/* Meaningful for DSQ_TYPE_CELL. */
static inline __u32 dsq_llc(__u64 dsq)
{
	return (__u32)dsq & ((1U << DSQ_LLC_BITS) - 1);
}

/* Meaningful for DSQ_TYPE_CPU. */
static inline __u32 dsq_cpu(__u64 dsq)
{
	return (__u32)dsq & ((1U << DSQ_CPU_BITS) - 1);
}

#endif
