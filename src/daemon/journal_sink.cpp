// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/journal_sink.hpp"

#include "daemon/log.hpp"

#include <spdlog/details/log_msg.h>
#include <sys/uio.h>
#include <syslog.h>
#include <systemd/sd-journal.h>

#include <string>
#include <utility>
#include <vector>

namespace mitosis::daemon {
namespace {

int to_priority(spdlog::level::level_enum level)
{
    switch (level) {
    case spdlog::level::critical:
    case spdlog::level::err:
        return LOG_ERR;
    case spdlog::level::warn:
        return LOG_WARNING;
    case spdlog::level::info:
        return LOG_INFO;
    default:
        return LOG_DEBUG;
    }
}

} // namespace

std::vector<std::string> to_journal_entry(std::string message, spdlog::level::level_enum level,
                                          const std::vector<Field> &fields)
{
    std::vector<std::string> entry{"MESSAGE=" + std::move(message),
                                   "PRIORITY=" + std::to_string(to_priority(level)),
                                   "SYSLOG_IDENTIFIER=scx-mitosis"};
    for (const Field &field : fields)
        entry.push_back(field.name + "=" + field.value);
    return entry;
}

void JournalSink::sink_it_(const spdlog::details::log_msg &message)
{
    std::vector<std::string> entry = to_journal_entry(
        std::string(message.payload.begin(), message.payload.end()), message.level, fields_);
    std::vector<iovec> parts;
    parts.reserve(entry.size());
    for (std::string &line : entry)
        parts.push_back({.iov_base = line.data(), .iov_len = line.size()});
    // There is nowhere left to complain to.
    (void)::sd_journal_sendv(parts.data(), static_cast<int>(parts.size()));
}

} // namespace mitosis::daemon
