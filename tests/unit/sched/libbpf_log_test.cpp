// SPDX-License-Identifier: GPL-2.0-only
#include "sched/libbpf_log.hpp"

#include <bpf/libbpf.h>
#include <gtest/gtest.h>

#include <cstdarg>
#include <string>

namespace mitosis::sched {
namespace {

/// As libbpf does, which tells whom it calls only when somebody else is put there.
__attribute__((format(printf, 2, 3))) void say(libbpf_print_level level, const char *format, ...)
{
    const libbpf_print_fn_t print = libbpf_set_print(nullptr);
    libbpf_set_print(print);
    std::va_list args;
    va_start(args, format);
    print(level, format, args);
    va_end(args);
}

TEST(ALibbpfLog, JoinsItsLines)
{
    const LibbpfLog log;
    say(LIBBPF_WARN, "prog '%s': failed\n", "x");
    say(LIBBPF_WARN, "%d\n", -13);
    say(LIBBPF_INFO, "not this\n");
    EXPECT_EQ(log.text(), "prog 'x': failed; -13");
}

TEST(ALibbpfLog, EndsWithTheEndOfALongText)
{
    const LibbpfLog log;
    const std::string verified(5000, 'v');
    say(LIBBPF_WARN, "log: %swhy it was refused\n", verified.c_str());
    EXPECT_TRUE(log.text().ends_with("vwhy it was refused")) << log.text();
    EXPECT_EQ(log.text().size(), 1999);
}

} // namespace
} // namespace mitosis::sched
