// SPDX-License-Identifier: GPL-2.0-only
#include "core/cpu_list.hpp"
#include "core/cpu_set.hpp"
#include "core/error.hpp"
#include "support/print.hpp" // IWYU pragma: keep

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <system_error>

namespace mitosis {
namespace {

using std::string_view_literals::operator""sv;

struct Accepted {
    std::string_view text;
    CpuSet cpus;
};
class AcceptedCpuList : public testing::TestWithParam<Accepted> {};

TEST_P(AcceptedCpuList, Parses)
{
    const auto parsed = parse_cpu_list(GetParam().text);
    ASSERT_TRUE(parsed.has_value()) << to_string(parsed.error());
    EXPECT_EQ(*parsed, GetParam().cpus);
}

INSTANTIATE_TEST_SUITE_P(
    Corpus, AcceptedCpuList,
    testing::Values(Accepted{"", {}}, Accepted{"\n", {}}, Accepted{" \t\n", {}}, Accepted{"0", {0}},
                    Accepted{"0-3,8\n", {0, 1, 2, 3, 8}}, Accepted{" 1 , 3 - 4 ", {1, 3, 4}},
                    Accepted{"5,1,5-6,6", {1, 5, 6}}, Accepted{"007", {7}}, Accepted{"3-3", {3}},
                    Accepted{"0000000000000000000000000000000001", {1}}, Accepted{"8191", {8191}},
                    Accepted{"0-8191", CpuSet::range(0, 8191)}));

struct Refused {
    std::string_view text;
    std::errc code;
    std::string_view group; // as quoted in the error
};
class RefusedCpuList : public testing::TestWithParam<Refused> {};

TEST_P(RefusedCpuList, NamesTheGroup)
{
    const auto parsed = parse_cpu_list(GetParam().text);
    ASSERT_FALSE(parsed.has_value());
    EXPECT_EQ(parsed.error().code, GetParam().code);
    EXPECT_EQ(parsed.error().context, "CPU group '" + std::string(GetParam().group) + "'");
}

constexpr auto invalid = std::errc::invalid_argument;
constexpr auto too_large = std::errc::result_out_of_range;

INSTANTIATE_TEST_SUITE_P(
    Corpus, RefusedCpuList,
    testing::Values(Refused{",", invalid, ""}, Refused{"1,", invalid, ""},
                    Refused{",1", invalid, ""}, Refused{"1,,2", invalid, ""},
                    Refused{"-", invalid, "-"}, Refused{"-1", invalid, "-1"},
                    Refused{"1-", invalid, "1-"}, Refused{"1-2-3", invalid, "1-2-3"},
                    Refused{"1--2", invalid, "1--2"}, Refused{"3-1", invalid, "3-1"},
                    Refused{"+1", invalid, "+1"}, Refused{"0x1", invalid, "0x1"},
                    Refused{"1 2", invalid, "1 2"}, Refused{"1;2", invalid, "1;2"},
                    Refused{"0-6:2/4", invalid, "0-6:2/4"}, Refused{"all", invalid, "all"},
                    Refused{"0,a", invalid, "a"}, Refused{"1.5", invalid, "1.5"},
                    Refused{"1\n2", invalid, "1\n2"}, Refused{"1\0"sv, invalid, "1\0"sv},
                    Refused{"\xc2\xa0"sv, invalid, "\xc2\xa0"sv},
                    Refused{"8192", too_large, "8192"}, Refused{"0-8192", too_large, "0-8192"},
                    Refused{"4294967296", too_large, "4294967296"},
                    Refused{"99999999999999999999999", too_large, "99999999999999999999999"},
                    Refused{"4294967297-2", too_large, "4294967297-2"}));

TEST(ToCpuList, IsEmptyForTheEmptySet)
{
    EXPECT_EQ(to_cpu_list({}), "");
}

TEST(ToCpuList, JoinsNeighbours)
{
    EXPECT_EQ(to_cpu_list({0, 1, 2, 3, 8}), "0-3,8");
    EXPECT_EQ(to_cpu_list({1, 2}), "1-2");
    EXPECT_EQ(to_cpu_list(CpuSet::range(63, 64)), "63-64");
    EXPECT_EQ(to_cpu_list({0, 2, 4}), "0,2,4");
}

} // namespace
} // namespace mitosis
