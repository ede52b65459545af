// SPDX-License-Identifier: GPL-2.0-only
// CpuSet: a set of CPU numbers as a fixed bitmap. A plain value without a pointer to any topology,
// so two sets from different machines (or tests) still compare. Trivially copyable, 1 KiB.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <optional>

namespace mitosis {

/// CPU numbers lie in 0 .. max_cpus - 1 (the kernel's largest NR_CPUS on x86 and arm64).
inline constexpr unsigned max_cpus = 8192;

class CpuSet {
public:
    using Word = std::uint64_t;
    static constexpr unsigned word_bits = 64;
    static constexpr std::size_t word_count = max_cpus / word_bits;

    constexpr CpuSet() = default;
    constexpr CpuSet(std::initializer_list<unsigned> cpus);
    /// Every CPU from `first` to `last`, both included; empty when last < first.
    [[nodiscard]] static constexpr CpuSet range(unsigned first, unsigned last);

    /// Preconditions of insert and erase: cpu < max_cpus.
    constexpr void insert(unsigned cpu);
    constexpr void erase(unsigned cpu);
    [[nodiscard]] constexpr bool contains(unsigned cpu) const;
    [[nodiscard]] constexpr bool empty() const;
    [[nodiscard]] constexpr unsigned count() const;
    [[nodiscard]] constexpr std::optional<unsigned> first() const;
    [[nodiscard]] constexpr std::optional<unsigned> last() const;
    [[nodiscard]] constexpr bool includes(const CpuSet &other) const;
    [[nodiscard]] constexpr bool intersects(const CpuSet &other) const;

    constexpr CpuSet &operator|=(const CpuSet &other);
    constexpr CpuSet &operator&=(const CpuSet &other);
    constexpr CpuSet &operator-=(const CpuSet &other);
    friend constexpr CpuSet operator|(CpuSet a, const CpuSet &b) { return a |= b; }
    friend constexpr CpuSet operator&(CpuSet a, const CpuSet &b) { return a &= b; }
    friend constexpr CpuSet operator-(CpuSet a, const CpuSet &b) { return a -= b; }
    friend constexpr bool operator==(const CpuSet &, const CpuSet &) = default;

    /// Ascending CPU numbers: `for (unsigned cpu : set)`.
    class Iterator;
    [[nodiscard]] constexpr Iterator begin() const;
    [[nodiscard]] constexpr Iterator end() const;

    /// Bit b of word w is CPU 64 * w + b.
    [[nodiscard]] constexpr const std::array<Word, word_count> &words() const { return words_; }

private:
    std::array<Word, word_count> words_{};
};

} // namespace mitosis

#include "core/cpu_set.ipp" // IWYU pragma: export
