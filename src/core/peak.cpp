// SPDX-License-Identifier: GPL-2.0-only
#include "core/peak.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace mitosis {

void Peak::add(double value, Seconds elapsed, Seconds window)
{
    reversals_ *= std::exp2(-elapsed / (window * windows_to_forget_half));
    age_ += elapsed;
    // The oldest part only leaves when a new one begins, hence one part less than there are.
    const Seconds part = window * stretch() / static_cast<double>(parts - 1);
    for (std::size_t turn = 0; turn < parts && age_ > part; ++turn) {
        age_ -= part;
        current_ = (current_ + 1) % parts;
        highest_[current_] = 0;
    }
    age_ = std::min(age_, part); // a tick later than the whole window has emptied it
    highest_[current_] = std::max(highest_[current_], value);
}

void Peak::note_reversal()
{
    reversals_ = std::min(reversals_ + 1, most_reversals);
}

double Peak::highest() const
{
    return *std::ranges::max_element(highest_);
}

double Peak::stretch() const
{
    return std::exp2(reversals_);
}

} // namespace mitosis
