// SPDX-License-Identifier: GPL-2.0-only
// Prints "ID INSTRUCTIONS" for each BPF program in the kernel: what its verifier looked at. bpftool
// does not tell that.
#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstring>

int main()
{
    std::uint32_t id = 0;
    while (bpf_prog_get_next_id(id, &id) == 0) {
        const int program = bpf_prog_get_fd_by_id(id);
        if (program < 0)
            continue; // gone meanwhile
        bpf_prog_info info{};
        std::uint32_t size = sizeof(info);
        const int error = bpf_prog_get_info_by_fd(program, &info, &size);
        close(program);
        if (error != 0) {
            std::fprintf(stderr, "program %u: %s\n", id, std::strerror(-error));
            return 1;
        }
        std::printf("%u %u\n", id, info.verified_insns);
    }
}
