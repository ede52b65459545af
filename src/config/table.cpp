// SPDX-License-Identifier: GPL-2.0-only
// The table of settings, joined from its topics.
#include "config/rows.hpp"
#include "config/settings.hpp"

#include <span>
#include <vector>

namespace mitosis::config {
namespace {

std::vector<Setting> join_topics()
{
    std::vector<Setting> table;
    for (const auto rows : {cell_settings(), rebalancing_settings(), scheduler_settings(),
                            libbpf_settings(), service_settings(), inert_settings()})
        table.insert(table.end(), rows.begin(), rows.end());
    return table;
}

} // namespace

std::span<const Setting> settings()
{
    static const std::vector<Setting> table = join_topics();
    return table;
}

} // namespace mitosis::config
