// SPDX-License-Identifier: GPL-2.0-only
// What is found in type information that the test writes itself, for lack of many kernels.
#include "sched/kernel_types.hpp"
#include "sched/object.hpp"

#include <bpf/btf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/btf.h>

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace mitosis::sched {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

/// All that this scheduler has another way for.
const std::vector<std::string> newest{
    "scx_bpf_dsq_move_to_local___v2",
    "__scx_bpf_select_cpu_and",
    "scx_bpf_task_set_slice",
    "scx_bpf_cpu_curr",
    "scx_bpf_now",
    "sched_cpu_deactivate",
    "cpuset_write_resmask",
    "cpuset_partition_write",
    "cpuset_css_offline",
};

using OwnedTypes = std::unique_ptr<btf, decltype([](btf *types) { btf__free(types); })>;

OwnedTypes empty_types()
{
    OwnedTypes types(btf__new_empty());
    EXPECT_NE(types, nullptr);
    return types;
}

std::vector<std::string> fallbacks_with(const std::vector<std::string> &functions)
{
    auto types = empty_types();
    const int prototype = btf__add_func_proto(types.get(), 0);
    for (const std::string &name : functions)
        EXPECT_GT(btf__add_func(types.get(), name.c_str(), BTF_FUNC_GLOBAL, prototype), 0);
    return KernelTypes(*types).fallbacks();
}

std::vector<std::string> newest_without(const std::string &name)
{
    auto functions = newest;
    EXPECT_EQ(std::erase(functions, name), 1U);
    return functions;
}

TEST(Fallbacks, AreNoneOnTheNewestKernel)
{
    EXPECT_THAT(fallbacks_with(newest), IsEmpty());
}

TEST(Fallbacks, AreOneForEachFunctionThatIsMissing)
{
    for (const std::string &name : newest)
        EXPECT_THAT(fallbacks_with(newest_without(name)), SizeIs(1)) << name;
    EXPECT_THAT(fallbacks_with({}), SizeIs(newest.size()));
}

TEST(Fallbacks, AreNotInForceWhereTheKernelHasTheFunctionUnderItsFormerName)
{
    auto functions = newest_without("__scx_bpf_select_cpu_and");
    functions.emplace_back("scx_bpf_select_cpu_and");
    EXPECT_THAT(fallbacks_with(functions), IsEmpty());
    functions = newest_without("scx_bpf_cpu_curr");
    functions.emplace_back("scx_bpf_cpu_rq");
    EXPECT_THAT(fallbacks_with(functions), IsEmpty());
}

TEST(Fallbacks, SayWhatIsDoneInstead)
{
    const auto without_curr = fallbacks_with(newest_without("scx_bpf_cpu_curr"));
    EXPECT_THAT(without_curr, Contains(HasSubstr("not shortened")));
    const auto without_partitions = fallbacks_with(newest_without("cpuset_partition_write"));
    EXPECT_THAT(without_partitions, Contains(HasSubstr("partitions")));
    EXPECT_THAT(without_partitions, Not(Contains(HasSubstr("changes of cpusets"))));
}

TEST(Probes, AreThereWhereTheKernelHasTheirFunctions)
{
    auto types = empty_types();
    const int prototype = btf__add_func_proto(types.get(), 0);
    ASSERT_GT(btf__add_func(types.get(), "cpuset_css_offline", BTF_FUNC_STATIC, prototype), 0);
    ASSERT_GT(btf__add_struct(types.get(), "cpuset_write_resmask", 8), 0);
    const KernelTypes kernel(*types);
    for (const Probe &probe : probes)
        EXPECT_EQ(kernel.has(probe), std::string_view(probe.function) == "cpuset_css_offline");
}

TEST(OpsFlags, AreThoseWantedInTheKernelsOwnValues)
{
    auto types = empty_types();
    ASSERT_GT(btf__add_enum(types.get(), "scx_ops_flags", 4), 0);
    for (const auto &[name, value] :
         std::initializer_list<std::pair<const char *, int>>{{"SCX_OPS_KEEP_BUILTIN_IDLE", 1},
                                                             {"SCX_OPS_ENQ_LAST", 2},
                                                             {"SCX_OPS_ENQ_EXITING", 16}})
        ASSERT_EQ(btf__add_enum_value(types.get(), name, value), 0);
    EXPECT_EQ(KernelTypes(*types).ops_flags(), std::uint64_t{18});
}

TEST(OpsFlags, MayBeOf64Bits)
{
    auto types = empty_types();
    ASSERT_GT(btf__add_enum64(types.get(), "scx_ops_flags", 8, false), 0);
    ASSERT_EQ(btf__add_enum64_value(types.get(), "SCX_OPS_ENQ_LAST", std::uint64_t{1} << 40), 0);
    EXPECT_EQ(KernelTypes(*types).ops_flags(), std::uint64_t{1} << 40);
}

TEST(OpsFlags, AreUnknownWithoutSchedExt)
{
    const auto flags = KernelTypes(*empty_types()).ops_flags();
    ASSERT_FALSE(flags);
    EXPECT_EQ(flags.error().code, std::errc::no_such_file_or_directory);
}

} // namespace
} // namespace mitosis::sched
