// SPDX-License-Identifier: GPL-2.0-only
// JournalSink: spdlog to the journal's native protocol, with fields of our own.
#pragma once

#include "daemon/log.hpp"

#include <spdlog/details/null_mutex.h>
#include <spdlog/sinks/base_sink.h>

#include <string>
#include <utility>
#include <vector>

namespace mitosis::daemon {

/// The whole entry in the journal's form, NAME=value each.
[[nodiscard]] std::vector<std::string> to_journal_entry(std::string message,
                                                        spdlog::level::level_enum level,
                                                        const std::vector<Field> &fields);

class JournalSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
public:
    /// Go with every following message.
    void set_fields(std::vector<Field> fields) { fields_ = std::move(fields); }

private:
    void sink_it_(const spdlog::details::log_msg &message) override;
    void flush_() override {}

    std::vector<Field> fields_;
};

} // namespace mitosis::daemon
