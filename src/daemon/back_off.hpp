// SPDX-License-Identifier: GPL-2.0-only
// BackOff: growing pauses between attempts, and an end to them.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

namespace mitosis::daemon {

class BackOff {
public:
    using Pause = std::chrono::milliseconds;

    /// Pauses double from `first` up to `longest`; there are `attempts` of them.
    BackOff(Pause first, Pause longest, int attempts)
        : first_(first), longest_(longest), attempts_(attempts)
    {
    }

    /// How long to wait before the next attempt; nothing when there were enough.
    [[nodiscard]] std::optional<Pause> next()
    {
        if (made_ == attempts_)
            return std::nullopt;
        Pause pause = first_;
        for (int i = 0; i < made_; ++i)
            pause = std::min(pause * 2, longest_);
        ++made_;
        return pause;
    }
    void reset() { made_ = 0; }

private:
    Pause first_;
    Pause longest_;
    int attempts_;
    int made_ = 0;
};

} // namespace mitosis::daemon
