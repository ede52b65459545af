// SPDX-License-Identifier: GPL-2.0-only
#include "core/cpu_list.hpp"

#include "core/cpu_set.hpp"
#include "core/error.hpp"

#include <cerrno>
#include <charconv>
#include <expected>
#include <string>
#include <string_view>
#include <system_error>

namespace mitosis {
namespace {

constexpr std::string_view white_space = " \t\r\n\v\f";

std::string_view trim(std::string_view text)
{
    const auto first = text.find_first_not_of(white_space);
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(white_space) - first + 1);
}

std::unexpected<Error> bad_group(int errnum, std::string_view group)
{
    return fail(errnum, "CPU group '" + std::string(group) + "'");
}

/// A decimal number without sign; 0 or the errno that tells what is wrong.
int parse_cpu(std::string_view digits, unsigned &cpu)
{
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), cpu);
    if (error == std::errc::invalid_argument || end != digits.data() + digits.size())
        return EINVAL;
    return error == std::errc::result_out_of_range || cpu >= max_cpus ? ERANGE : 0;
}

Result<CpuSet> parse_group(std::string_view group)
{
    const auto dash = group.find('-');
    unsigned first = 0;
    if (const int errnum = parse_cpu(trim(group.substr(0, dash)), first); errnum != 0)
        return bad_group(errnum, group);
    unsigned last = first;
    if (dash != std::string_view::npos)
        if (const int errnum = parse_cpu(trim(group.substr(dash + 1)), last); errnum != 0)
            return bad_group(errnum, group);
    if (last < first)
        return bad_group(EINVAL, group);
    return CpuSet::range(first, last);
}

std::string to_group(unsigned first, unsigned last)
{
    if (first == last)
        return std::to_string(first);
    return std::to_string(first) + "-" + std::to_string(last);
}

} // namespace

Result<CpuSet> parse_cpu_list(std::string_view text)
{
    CpuSet cpus;
    text = trim(text);
    for (bool more = !text.empty(); more;) {
        const auto comma = text.find(',');
        const auto group = parse_group(trim(text.substr(0, comma)));
        if (!group)
            return group;
        cpus |= *group;
        more = comma != std::string_view::npos;
        text.remove_prefix(more ? comma + 1 : text.size());
    }
    return cpus;
}

std::string to_cpu_list(const CpuSet &cpus)
{
    std::string list;
    for (auto cpu = cpus.begin(); cpu != cpus.end();) {
        const unsigned first = *cpu;
        unsigned last = first;
        for (++cpu; cpu != cpus.end() && *cpu == last + 1; ++cpu)
            last = *cpu;
        if (!list.empty())
            list += ',';
        list += to_group(first, last);
    }
    return list;
}

} // namespace mitosis
