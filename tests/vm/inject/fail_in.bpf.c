// SPDX-License-Identifier: GPL-2.0-only
/* The error of a callback: whatever it is attached to the entry of reports one to the kernel. */
#include "vmlinux.h"

#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

extern void scx_bpf_error_bstr(char *fmt, unsigned long long *data, u32 data__sz) __ksym;

static char message[] = "injected";

SEC("fentry")
int fail_here(void *ctx)
{
	unsigned long long none = 0;

	scx_bpf_error_bstr(message, &none, 0);
	return 0;
}
