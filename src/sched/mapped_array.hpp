// SPDX-License-Identifier: GPL-2.0-only
// The memory of a BPF array map, as a span.
#pragma once

#include "core/error.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <utility>

namespace mitosis::sched {

/// A shared, writable mapping; outlives the map's descriptor.
class MappedMemory {
public:
    [[nodiscard]] static Result<MappedMemory> map(int map_fd, std::size_t bytes);
    [[nodiscard]] void *start() const { return start_.get(); }

private:
    struct Unmap {
        std::size_t bytes = 0;
        void operator()(void *start) const;
    };
    MappedMemory(void *start, std::size_t bytes) : start_(start, Unmap{bytes}) {}

    std::unique_ptr<void, Unmap> start_;
};

/// `T` is the map's value type, its size a multiple of 8; the map is BPF_F_MMAPABLE.
template <class T> class MappedArray {
    static_assert(sizeof(T) % 8 == 0, "the kernel rounds entries up");

public:
    [[nodiscard]] static Result<MappedArray> map(int map_fd, std::size_t count)
    {
        return MappedMemory::map(map_fd, count * sizeof(T)).transform([count](MappedMemory memory) {
            return MappedArray(std::move(memory), count);
        });
    }
    /// Of an array of one entry.
    [[nodiscard]] T &one() const { return all().front(); }
    [[nodiscard]] std::span<T> all() const { return {static_cast<T *>(memory_.start()), count_}; }

private:
    MappedArray(MappedMemory memory, std::size_t count) : memory_(std::move(memory)), count_(count)
    {
    }

    MappedMemory memory_;
    std::size_t count_;
};

} // namespace mitosis::sched
