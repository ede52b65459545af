// SPDX-License-Identifier: GPL-2.0-only
#include "sched/mapped_array.hpp"

#include "core/error.hpp"

#include <bpf/libbpf.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstddef>
#include <format>

namespace mitosis::sched {

Result<MappedMemory> MappedMemory::map(const bpf_map &from, std::size_t bytes)
{
    void *start = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(&from), 0);
    if (start == MAP_FAILED) {
        return fail(errno, std::format("map {} into memory", bpf_map__name(&from)));
    }
    return MappedMemory(start, bytes);
}

void MappedMemory::Unmap::operator()(void *start) const
{
    munmap(start, bytes);
}

} // namespace mitosis::sched
