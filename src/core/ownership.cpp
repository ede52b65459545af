// SPDX-License-Identifier: GPL-2.0-only
#include "core/ownership.hpp"

#include "core/assignment.hpp"
#include "core/cpu_list.hpp"
#include "core/cpu_set.hpp"
#include "core/ids.hpp"

#include <cstddef>
#include <format>
#include <optional>
#include <string>

namespace mitosis {
namespace {

using Owner = std::optional<CellId>;

std::string name_of(const Owner &owner)
{
    return owner ? std::format("cell {}'s", index_of(*owner)) : "no cell's";
}

/// CPUs whose owner is not the expected one, and the first of them in words.
class Differences {
public:
    Differences(const Assignment &applied, const Ownership &kernel) : kernel_(kernel)
    {
        const CellCpus *root = applied.find(root_cell);
        root_lives_ = root != nullptr && root->primary.intersects(kernel.online);
    }

    void compare(unsigned cpu, const Owner &expected)
    {
        const Owner found = cpu < kernel_.owners.size() ? kernel_.owners[cpu] : Owner();
        if (found == expected || (found == root_cell && !root_lives_))
            return;
        if (cpus_.empty())
            first_ = std::format("CPU {} is {} in the kernel, but was made {}", cpu, name_of(found),
                                 name_of(expected));
        cpus_.insert(cpu);
    }

    [[nodiscard]] std::optional<std::string> words() const
    {
        if (cpus_.count() < 2)
            return cpus_.empty() ? std::nullopt : std::optional(first_);
        return std::format("{} (differing are {})", first_, to_cpu_list(cpus_));
    }

private:
    const Ownership &kernel_;
    bool root_lives_ = false; // a CPU that was made the root cell's is online
    CpuSet cpus_;
    std::string first_;
};

} // namespace

std::optional<std::string> drift(const Assignment &applied, const Ownership &kernel)
{
    Differences differences(applied, kernel);
    CpuSet divided;
    for (const CellCpus &cell : applied.cells) {
        divided |= cell.primary;
        for (const unsigned cpu : cell.primary)
            differences.compare(cpu, cell.cell);
    }
    for (std::size_t cpu = 0; cpu < kernel.owners.size(); ++cpu)
        if (!divided.contains(static_cast<unsigned>(cpu)))
            differences.compare(static_cast<unsigned>(cpu), std::nullopt);
    return differences.words();
}

} // namespace mitosis
