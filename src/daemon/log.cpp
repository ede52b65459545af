// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/log.hpp"

#include "core/config.hpp"
#include "daemon/journal_sink.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <format>
#include <memory>
#include <string>
#include <utility>

namespace mitosis::daemon {
namespace {

spdlog::level::level_enum to_spdlog(LogLevel level)
{
    switch (level) {
    case LogLevel::error:
        return spdlog::level::err;
    case LogLevel::warn:
        return spdlog::level::warn;
    case LogLevel::info:
        return spdlog::level::info;
    case LogLevel::debug:
        return spdlog::level::debug;
    case LogLevel::trace:
        return spdlog::level::trace;
    }
    std::unreachable();
}

spdlog::sink_ptr make_console_sink()
{
    const bool plain = std::getenv("NO_COLOR") != nullptr;
    auto sink = std::make_shared<spdlog::sinks::stderr_color_sink_st>(
        plain ? spdlog::color_mode::never : spdlog::color_mode::automatic);
    sink->set_pattern("%Y-%m-%d %H:%M:%S.%e %^%l%$: %v");
    return sink;
}

} // namespace

std::string to_string(MessageId id)
{
    switch (id) {
    case MessageId::none:
        return "";
    case MessageId::attached:
        return "366aaa04e1aa45bb893c620743aaca9a";
    case MessageId::detached:
        return "5eb09337784d47d9a3a2bf03744de5e9";
    case MessageId::ejected:
        return "28d36e297c3846248b4c746184afcfd4";
    case MessageId::config_applied:
        return "6af04aa94e9d4ecb93f9f8eb23eda63c";
    case MessageId::config_rejected:
        return "26cdc8d96e48485e8fef1f807678c450";
    case MessageId::rebalanced:
        return "7e1fa97b44684d22aa9190c63a3d6f56";
    case MessageId::handover:
        return "cd02d0a91aa64003bd1a7646ddc7cedb";
    case MessageId::rollback_failed:
        return "4af2ac1e479e458cb2749fce235e4882";
    }
    std::unreachable();
}

LogTarget choose_log_target()
{
    const char *const stream = std::getenv("JOURNAL_STREAM");
    struct stat status{};
    if (stream == nullptr || ::fstat(STDERR_FILENO, &status) != 0)
        return LogTarget::console;
    return stream == std::format("{}:{}", status.st_dev, status.st_ino) ? LogTarget::journal
                                                                        : LogTarget::console;
}

Log::Log(LogTarget target)
    : journal_(target == LogTarget::journal ? std::make_shared<JournalSink>() : nullptr),
      logger_("scx-mitosis", journal_ ? spdlog::sink_ptr(journal_) : make_console_sink())
{
    set(level_);
}

void Log::write(const LogRecord &record)
{
    if (journal_) {
        auto fields = record.fields;
        if (record.id != MessageId::none)
            fields.push_back({"MESSAGE_ID", to_string(record.id)});
        journal_->set_fields(std::move(fields));
    }
    // A view, so that spdlog takes no brace in it for a placeholder.
    logger_.log(to_spdlog(record.level), spdlog::string_view_t(record.message));
}

void Log::write(LogLevel level, std::string message)
{
    write(LogRecord{.level = level, .message = std::move(message)});
}

void Log::set(LogLevel level)
{
    level_ = level;
    logger_.set_level(to_spdlog(level));
}

std::string Log::target() const
{
    return journal_ ? "journal" : "console";
}

} // namespace mitosis::daemon
