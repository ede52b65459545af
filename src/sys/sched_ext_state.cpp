// SPDX-License-Identifier: GPL-2.0-only
#include "sys/sched_ext_state.hpp"

#include "core/error.hpp"
#include "sys/file.hpp"

#include <cerrno>
#include <charconv>
#include <cstdint>
#include <expected>
#include <string>
#include <system_error>
#include <utility>

namespace mitosis::sys {
namespace {

Result<std::string> read_word(const std::string &path)
{
    return read_file(path).transform(
        [](const std::string &text) { return text.substr(0, text.find('\n')); });
}

Result<std::uint64_t> read_number(const std::string &path)
{
    return read_word(path).and_then([&path](const std::string &text) -> Result<std::uint64_t> {
        std::uint64_t number = 0;
        const char *const end = text.data() + text.size();
        const auto [rest, code] = std::from_chars(text.data(), end, number);
        if (code != std::errc{} || rest != end)
            return fail(EINVAL, path + ": \"" + text + "\"");
        return number;
    });
}

/// The directory of the attached scheduler comes and goes with it.
Result<std::string> read_ops(const std::string &root)
{
    auto ops = read_word(root + "/root/ops");
    if (!ops && (ops.error().code == std::errc::no_such_file_or_directory ||
                 ops.error().code == std::errc::no_such_device))
        return std::string();
    return ops;
}

} // namespace

Result<SchedExtState> read_sched_ext_state(const std::string &root)
{
    auto state = read_word(root + "/state");
    auto ops = read_ops(root);
    const auto enable_seq = read_number(root + "/enable_seq");
    const auto switch_all = read_number(root + "/switch_all");
    if (!state)
        return std::unexpected(std::move(state).error());
    if (!ops)
        return std::unexpected(std::move(ops).error());
    for (const auto *const number : {&enable_seq, &switch_all})
        if (!*number)
            return std::unexpected(number->error());
    return SchedExtState{.state = *std::move(state),
                         .ops = *std::move(ops),
                         .enable_seq = *enable_seq,
                         .switch_all = *switch_all != 0};
}

} // namespace mitosis::sys
