// SPDX-License-Identifier: GPL-2.0-only
// Peak: the maximum of a value over a sliding window of time. A value that keeps falling and rising
// stretches its window, as route flap damping does with announcements (RFC 2439): every reversal
// doubles it, calm takes that back.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>

namespace mitosis {

class Peak {
public:
    using Seconds = std::chrono::duration<double>;

    /// `value` was seen over the last `elapsed`. The window is that given here, times the stretch.
    void add(double value, Seconds elapsed, Seconds window);
    void note_reversal();

    [[nodiscard]] double highest() const;
    /// 1 for a calm value, up to 16.
    [[nodiscard]] double stretch() const;
    friend bool operator==(const Peak &, const Peak &) = default;

private:
    static constexpr std::size_t parts = 8;
    static constexpr double most_reversals = 4;
    static constexpr double windows_to_forget_half = 12;
    std::array<double, parts> highest_{}; // of each part of the window; values are >= 0
    std::size_t current_ = 0;
    Seconds age_{0}; // of the current part
    double reversals_ = 0;
};

} // namespace mitosis
