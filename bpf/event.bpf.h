/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What happened, told: one ring buffer to the loader, which wakes for it, and the last of them in
 * an array for the kernel's dump. A change of a cpuset and a task's narrow affinity are always
 * told; the rest with --debug-events, else it costs one test.
 */
#ifndef MITOSIS_EVENT_BPF_H
#define MITOSIS_EVENT_BPF_H

#include "scx.bpf.h"
#include "intf.h"

const volatile __u32 debug_events = 0;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 16);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, MITOSIS_LAST_EVENTS);
	__type(key, u32);
	__type(value, struct mitosis_event);
} last_events SEC(".maps");

/* Events so far, with debug_events; the next one's place in last_events, modulo its size. */
__u64 nr_events;

/* Events that found the ring buffer full. */
__u64 events_lost;

/* Full when nobody reads: then the event is lost, not the task. */
static __always_inline void event_tell(const struct mitosis_event *e, u64 flags)
{
	if (bpf_ringbuf_output(&events, (void *)e, sizeof(*e), flags))
		__sync_fetch_and_add(&events_lost, 1);
}

static __noinline void event_keep(u32 kind, u32 pid, u64 cgroup, u32 cell, u64 flags)
{
	struct mitosis_event e = {
		.at = bpf_ktime_get_ns(),
		.cgroup = cgroup,
		.kind = kind,
		.pid = pid,
		.cell = cell,
		.cpu = bpf_get_smp_processor_id(),
	};
	struct mitosis_event *slot;
	u32 key;

	event_tell(&e, flags);
	if (!debug_events)
		return;
	key = __sync_fetch_and_add(&nr_events, 1) % MITOSIS_LAST_EVENTS;
	slot = bpf_map_lookup_elem(&last_events, &key);
	if (slot)
		*slot = e;
}

/* For those who look; `pid` and `cgroup` are 0 where they do not apply. */
static __always_inline void event_debug(u32 kind, u32 pid, u64 cgroup, u32 cell)
{
	if (debug_events)
		event_keep(kind, pid, cgroup, cell, BPF_RB_NO_WAKEUP);
}

/*
 * For the daemon, always. What a task without privileges can cause often must not wake it: the
 * daemon reads that with its next sample.
 */
static __always_inline void event_notify(u32 kind, u32 pid, u64 cgroup, u32 cell)
{
	event_keep(kind, pid, cgroup, cell,
		   kind == MITOSIS_EVENT_PIN ? BPF_RB_NO_WAKEUP : BPF_RB_FORCE_WAKEUP);
}

#endif
