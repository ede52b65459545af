// SPDX-License-Identifier: GPL-2.0-only
#include "stats/protocol.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cerrno>
#include <string>
#include <string_view>

namespace mitosis::stats {

namespace {

using ::testing::EndsWith;
using ::testing::StartsWith;

std::string ask(std::string_view line)
{
    return answer(line, [] { return std::string(R"({"num_cells":2})"); });
}

int errno_of(std::string_view line)
{
    const auto json = nlohmann::json::parse(ask(line));
    const int error = json["errno"].get<int>();
    EXPECT_TRUE(error == 0 || json["args"]["resp"].is_string());
    return error;
}

TEST(Protocol, AnswersStats)
{
    const std::string expected = R"({"errno":0,"args":{"resp":{"num_cells":2}}})"
                                 "\n";
    EXPECT_EQ(ask(R"({"req":"stats"})"), expected);
    EXPECT_EQ(ask(R"({"req":"stats","args":{"target":"top","other":"x"},"more":1})"), expected);
}

TEST(Protocol, AnswersStatsMeta)
{
    EXPECT_THAT(ask(R"({"req":"stats_meta"})"), StartsWith(R"({"errno":0,"args":{"resp":{")"));
    EXPECT_THAT(ask(R"({"req":"stats_meta"})"), EndsWith("}\n"));
}

TEST(Protocol, RefusesWhatMakesNoSense)
{
    for (const char *line : {"", "{", "[]", R"({"args":{}})", R"({"req":7})", R"({"req":"stop"})",
                             R"({"req":"stats","args":[]})", R"({"req":"stats","args":{"a":1}})",
                             R"({"req":"stats","args":{"target":"cells"}})", "\xff\xfe"})
        EXPECT_EQ(errno_of(line), EINVAL) << line;
}

TEST(Protocol, ReadsItsOwnAnswers)
{
    EXPECT_EQ(metrics_in(ask(metrics_request())), R"({"num_cells":2})");
    EXPECT_FALSE(metrics_in(ask("nonsense")));
    EXPECT_FALSE(metrics_in("nonsense"));
}

} // namespace

} // namespace mitosis::stats
