// SPDX-License-Identifier: GPL-2.0-only
#include "core/cpu_kinds.hpp"

#include "core/claim.hpp"
#include "core/cpu_set.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

namespace mitosis {
namespace {

/// Numbers claims by their cpusets and returns one representative of each class.
std::vector<std::size_t> classify(std::span<const Claim> claims, std::vector<std::size_t> &class_of)
{
    std::vector<std::size_t> order(claims.size());
    std::ranges::iota(order, std::size_t{0});
    std::ranges::stable_sort(order, {}, [&](std::size_t claim) -> const auto & {
        return claims[claim].allowed.words();
    });
    class_of.resize(claims.size());
    std::vector<std::size_t> representatives;
    for (const std::size_t claim : order) {
        if (representatives.empty() ||
            claims[claim].allowed != claims[representatives.back()].allowed)
            representatives.push_back(claim);
        class_of[claim] = representatives.size() - 1;
    }
    return representatives;
}

/// A label for every CPU, split further by each set that is given: equal where all sets agree.
class Labels {
public:
    explicit Labels(std::size_t cpus) : label_(cpus, 0) {}
    void split(const CpuSet &cpus)
    {
        std::map<std::size_t, std::size_t> renamed;
        for (const unsigned cpu : cpus) {
            const auto [entry, is_new] = renamed.try_emplace(label_[cpu], next_);
            next_ += is_new ? 1 : 0;
            label_[cpu] = entry->second;
        }
    }
    [[nodiscard]] std::size_t of(unsigned cpu) const { return label_[cpu]; }

private:
    std::vector<std::size_t> label_;
    std::size_t next_ = 1;
};

std::vector<std::size_t> holders(std::size_t cpus, std::span<const Claim> claims)
{
    std::vector<std::size_t> holder(cpus, nobody);
    for (std::size_t claim = 0; claim < claims.size(); ++claim)
        for (const unsigned cpu : claims[claim].held)
            holder[cpu] = claim;
    return holder;
}

std::vector<CpuKind> group(const CpuSet &cpus, const Labels &labels,
                           const std::vector<std::size_t> &holder)
{
    std::vector<CpuKind> kinds;
    std::map<std::pair<std::size_t, std::size_t>, std::size_t> known;
    for (const unsigned cpu : cpus) {
        const auto [entry, is_new] = known.try_emplace({labels.of(cpu), holder[cpu]}, kinds.size());
        if (is_new)
            kinds.push_back({.cpus = {}, .holder = holder[cpu], .claimants = labels.of(cpu)});
        kinds[entry->second].cpus.insert(cpu);
    }
    return kinds;
}

} // namespace

CpuKinds kinds_of(const CpuSet &cpus, std::span<const Claim> claims)
{
    CpuKinds result;
    const std::vector<std::size_t> representatives = classify(claims, result.class_of);
    const std::size_t count = std::size_t{cpus.last().value_or(0)} + 1; // of CPU numbers
    Labels labels(count);
    for (const std::size_t claim : representatives)
        if (claims[claim].allowed != cpus)
            labels.split(claims[claim].allowed);
    result.kinds = group(cpus, labels, holders(count, claims));

    result.usable.resize(representatives.size());
    for (std::size_t index = 0; index < representatives.size(); ++index)
        for (std::size_t kind = 0; kind < result.kinds.size(); ++kind)
            if (claims[representatives[index]].allowed.contains(*result.kinds[kind].cpus.first()))
                result.usable[index].push_back(kind);
    return result;
}

} // namespace mitosis
