// SPDX-License-Identifier: GPL-2.0-only
#include "sched/mapped_array.hpp"

#include "core/error.hpp"

#include <sys/mman.h>

#include <cerrno>
#include <cstddef>
#include <format>

namespace mitosis::sched {

Result<MappedMemory> MappedMemory::map(int map_fd, std::size_t bytes)
{
    void *start = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, map_fd, 0);
    if (start == MAP_FAILED) {
        return fail(errno, std::format("map {} bytes of the scheduler into memory", bytes));
    }
    return MappedMemory(start, bytes);
}

void MappedMemory::Unmap::operator()(void *start) const
{
    munmap(start, bytes);
}

} // namespace mitosis::sched
