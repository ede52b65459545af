// SPDX-License-Identifier: GPL-2.0-only
#include "property/worlds.hpp"

#include "core/cpu_list.hpp"
#include "core/cpu_set.hpp"
#include "support/print.hpp" // IWYU pragma: keep

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <string>

namespace mitosis::test {
namespace {

using Model = std::set<unsigned>;

Model model(const CpuSet &set)
{
    return {set.begin(), set.end()};
}

RC_GTEST_PROP(CpuSet, CombinesAsSortedNumbersDo, ())
{
    const CpuSet a = *cpu_sets();
    const CpuSet b = *cpu_sets();
    Model both;
    Model left;
    std::ranges::set_intersection(model(a), model(b), std::inserter(both, both.end()));
    std::ranges::set_difference(model(a), model(b), std::inserter(left, left.end()));
    Model all = model(a);
    all.merge(model(b));
    RC_ASSERT(model(a & b) == both);
    RC_ASSERT(model(a - b) == left);
    RC_ASSERT(model(a | b) == all);
}

RC_GTEST_PROP(CpuSet, AnswersAsSortedNumbersDo, ())
{
    const CpuSet a = *cpu_sets();
    const CpuSet b = *cpu_sets();
    RC_ASSERT(a.count() == model(a).size());
    RC_ASSERT(a.includes(b) == std::ranges::includes(model(a), model(b)));
    RC_ASSERT(a.intersects(b) == !model(a & b).empty());
    RC_ASSERT((a == b) == (model(a) == model(b)));
    RC_ASSERT(a.first() == (a.empty() ? std::nullopt : std::optional(*model(a).begin())));
    RC_ASSERT(a.last() == (a.empty() ? std::nullopt : std::optional(*model(a).rbegin())));
}

RC_GTEST_PROP(CpuList, ReadsBackWhatItWrote, ())
{
    const CpuSet set = *cpu_sets();
    const auto parsed = parse_cpu_list(to_cpu_list(set));
    RC_ASSERT(parsed.has_value());
    RC_ASSERT(*parsed == set);
}

RC_GTEST_PROP(CpuList, RefusesOrNormalisesWhateverTextComes, ())
{
    const auto text = *rc::gen::container<std::string>(
        rc::gen::weightedOneOf<char>({{20, rc::gen::element('0', '1', '9', ',', '-', ' ', '\n')},
                                      {1, rc::gen::arbitrary<char>()}}));
    const auto parsed = parse_cpu_list(text);
    if (parsed)
        RC_ASSERT(parse_cpu_list(to_cpu_list(*parsed)).value() == *parsed);
    else
        RC_ASSERT(parsed.error().context.starts_with("CPU group '"));
}

} // namespace
} // namespace mitosis::test
