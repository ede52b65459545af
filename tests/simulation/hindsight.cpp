// SPDX-License-Identifier: GPL-2.0-only
#include "simulation/hindsight.hpp"

#include "simulation/loads.hpp"
#include "simulation/simulation.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace mitosis::test {
namespace {

using Sizes = std::vector<unsigned>; // CPUs by cell

/// Less by more than what adding up in another order makes.
bool is_less(const Loss &a, const Loss &b)
{
    constexpr double same = 1e-9;
    return a.cpu_s < b.cpu_s - same || (a.cpu_s < b.cpu_s + same && a.moved < b.moved);
}

double lacking(const Sizes &sizes, const Moment &moment)
{
    double sum = 0;
    for (std::size_t cell = 0; cell < sizes.size(); ++cell)
        sum += std::max(0.0, moment.demand[cell] - sizes[cell]);
    return sum;
}

/// For each way to hand out the machine's CPUs, one to every cell at least, the best course that
/// ends with it.
class Courses {
public:
    explicit Courses(std::size_t cells)
    {
        Sizes begun;
        add_sizes(cells, simulated_cpus, begun);
        losses_.resize(sizes_.size());
        for (const Sizes &sizes : sizes_)
            neighbours_.push_back(one_cpu_away(sizes));
    }

    /// CPUs move, as many as are worth it.
    void move()
    {
        bool is_better = true;
        while (is_better) {
            is_better = false;
            for (std::size_t from = 0; from < sizes_.size(); ++from)
                for (const std::size_t to : neighbours_[from])
                    is_better |= move_one(losses_[from], losses_[to]);
        }
    }
    void stay(const Moment &moment, double seconds)
    {
        for (std::size_t each = 0; each < sizes_.size(); ++each)
            losses_[each].cpu_s += lacking(sizes_[each], moment) * seconds;
    }
    [[nodiscard]] Loss best() const { return *std::ranges::min_element(losses_, is_less); }

private:
    void add_sizes(std::size_t cells, unsigned left, Sizes &begun)
    {
        const auto others = static_cast<unsigned>(cells - begun.size()) - 1;
        const unsigned least = others == 0 ? left : 1;
        for (unsigned size = least; size + others <= left; ++size) {
            begun.push_back(size);
            if (others == 0)
                sizes_.push_back(begun);
            else
                add_sizes(cells, left - size, begun);
            begun.pop_back();
        }
    }
    /// Positions of the sizes that one move makes of these.
    [[nodiscard]] std::vector<std::size_t> one_cpu_away(const Sizes &from) const
    {
        std::vector<std::size_t> positions;
        for (std::size_t giver = 0; giver < from.size(); ++giver)
            for (std::size_t taker = 0; taker < from.size(); ++taker) {
                if (from[giver] == 1 || taker == giver)
                    continue;
                Sizes to = from;
                --to[giver];
                ++to[taker];
                positions.push_back(
                    static_cast<std::size_t>(std::ranges::find(sizes_, to) - sizes_.begin()));
            }
        return positions;
    }
    static bool move_one(const Loss &from, Loss &to)
    {
        const Loss moved{.cpu_s = from.cpu_s + loss_of_a_move, .moved = from.moved + 1};
        if (!is_less(moved, to))
            return false;
        to = moved;
        return true;
    }

    std::vector<Sizes> sizes_;
    std::vector<std::vector<std::size_t>> neighbours_;
    std::vector<Loss> losses_;
};

} // namespace

Loss least_loss(const Scenario &scenario, double tick_s)
{
    Courses courses(scenario.at(0).demand.size());
    const auto ticks = static_cast<unsigned>(std::lround(scenario.duration_s / tick_s));
    for (unsigned tick = 0; tick < ticks; ++tick) {
        courses.move();
        courses.stay(scenario.at(tick * tick_s), tick_s);
    }
    return courses.best();
}

} // namespace mitosis::test
