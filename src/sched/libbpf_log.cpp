// SPDX-License-Identifier: GPL-2.0-only
#include "sched/libbpf_log.hpp"

#include <bpf/libbpf.h>

#include <algorithm>
#include <cstdarg>
#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>

namespace mitosis::sched {
namespace {

constexpr std::size_t longest_text = 2000;

// libbpf's callback has no argument of ours.
thread_local std::string *catching = nullptr;

__attribute__((format(printf, 2, 0))) int catch_line(enum libbpf_print_level level,
                                                     const char *format, va_list args)
{
    if (level != LIBBPF_WARN || catching == nullptr) {
        return 0;
    }
    // A verifier's whole log comes as one text, and its end is what matters.
    std::va_list again;
    va_copy(again, args);
    const int length = std::vsnprintf(nullptr, 0, format, args);
    if (length > 0) {
        std::string text(static_cast<std::size_t>(length) + 1, '\0');
        std::vsnprintf(text.data(), text.size(), format, again);
        catching->append(text, 0, static_cast<std::size_t>(length));
    }
    va_end(again);
    return length;
}

} // namespace

LibbpfLog::LibbpfLog() : before_(libbpf_set_print(catch_line))
{
    catching = &said_;
}

LibbpfLog::~LibbpfLog()
{
    catching = nullptr;
    libbpf_set_print(before_);
}

std::string LibbpfLog::text() const
{
    std::string_view said = said_;
    said.remove_prefix(said.size() - std::min(said.size(), longest_text));
    while (said.ends_with('\n')) {
        said.remove_suffix(1);
    }
    std::string text;
    for (const char c : said) {
        c == '\n' ? text.append("; ") : text.append(1, c);
    }
    return text;
}

} // namespace mitosis::sched
