// SPDX-License-Identifier: GPL-2.0-only
#include "sys/cpu_quotas.hpp"

#include "core/cgroup_scan.hpp"
#include "core/error.hpp"
#include "sys/cgroup_walk.hpp"
#include "sys/file.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace mitosis::sys {
namespace {

/// "QUOTA PERIOD" in microseconds; nothing for "max PERIOD".
Result<std::optional<CpuQuota>> parse_quota(const std::string &text, const std::string &path)
{
    if (text.starts_with("max"))
        return std::nullopt;
    std::istringstream words(text);
    std::uint64_t quota = 0;
    std::uint64_t period = 0;
    if (!(words >> quota >> period))
        return fail(EINVAL, path + "/cpu.max: \"" + text + "\"");
    return CpuQuota{.path = path,
                    .quota = std::chrono::microseconds(quota),
                    .period = std::chrono::microseconds(period)};
}

} // namespace

Result<std::vector<CpuQuota>> find_cpu_quotas(const std::string &root)
{
    std::vector<CpuQuota> quotas;
    // Where the file is missing the controller is off, and then it is for everything below, too.
    const auto look = [&](int cgroup, const std::string &path) -> Result<Descend> {
        return read_file_at(cgroup, "cpu.max")
            .and_then([&](const std::string &text) { return parse_quota(text, path); })
            .transform([&](auto quota) {
                if (quota)
                    quotas.push_back(*std::move(quota));
                return Descend::yes;
            });
    };
    if (auto walked = walk_cgroups(root, look); !walked)
        return std::unexpected(std::move(walked).error());
    std::ranges::sort(quotas, {}, &CpuQuota::path);
    return quotas;
}

} // namespace mitosis::sys
