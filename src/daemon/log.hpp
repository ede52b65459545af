// SPDX-License-Identifier: GPL-2.0-only
// Log: where the daemon's lines go. Run by systemd they go to the journal with fields and message
// ids; else to standard error, coloured only on a terminal. Also the port by which the bus reads
// and changes the level.
#pragma once

#include "bus/log_level.hpp"
#include "core/config.hpp"

#include <spdlog/logger.h>

#include <memory>
#include <string>
#include <vector>

namespace mitosis::daemon {

/// Entries of the journal's catalog (systemd/scx-mitosis.catalog).
enum class MessageId {
    none,
    attached,
    detached,
    ejected,
    config_applied,
    config_rejected,
    rebalanced,
    handover,
    rollback_failed,
};
/// 32 hexadecimal digits; "" for none.
[[nodiscard]] std::string to_string(MessageId id);

/// A journal field: an upper-case name without "=", and any text.
struct Field {
    std::string name;
    std::string value;
    friend bool operator==(const Field &, const Field &) = default;
};

/// One event, one line.
struct LogRecord {
    LogLevel level = LogLevel::info;
    std::string message;
    MessageId id = MessageId::none;
    std::vector<Field> fields = {};
    friend bool operator==(const LogRecord &, const LogRecord &) = default;
};

enum class LogTarget { journal, console };

/// The journal when standard error is the stream that $JOURNAL_STREAM names.
[[nodiscard]] LogTarget choose_log_target();

class JournalSink;

class Log final : public bus::LogLevelPort {
public:
    explicit Log(LogTarget target);

    void write(const LogRecord &record);
    void write(LogLevel level, std::string message);

    [[nodiscard]] LogLevel get() const override { return level_; }
    void set(LogLevel level) override;
    [[nodiscard]] std::string target() const override;

private:
    std::shared_ptr<JournalSink> journal_; // null on the console
    spdlog::logger logger_;
    LogLevel level_ = LogLevel::info;
};

} // namespace mitosis::daemon
