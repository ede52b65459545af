// SPDX-License-Identifier: GPL-2.0-only
// LastingRecord: bytes in memory that outlive the process as long as somebody keeps the descriptor.
// Whenever the process is killed, the last bytes that were wholly written are there: of two places
// the one that is not in force is written, and a checksum says which are whole. Beside them stands
// the time at which the writer was alive last.
#pragma once

#include "core/error.hpp"
#include "sys/unique_fd.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace mitosis::sys {

class LastingRecord {
public:
    static constexpr std::size_t capacity = std::size_t{1} << 20U; // bytes of a text

    /// Without a text.
    [[nodiscard]] static Result<LastingRecord> create();
    /// The record behind a descriptor of another one. EINVAL when it is none.
    [[nodiscard]] static Result<LastingRecord> open(UniqueFd fd);

    /// EFBIG beyond the capacity: then no text is in force, for the old one is none any more.
    [[nodiscard]] Result<void> write(std::string_view text);
    /// The text that is in force, if there is one.
    [[nodiscard]] std::optional<std::string> read() const;

    /// The writer is alive; on CLOCK_MONOTONIC, as all times here.
    void beat(std::chrono::steady_clock::time_point now);
    [[nodiscard]] std::chrono::steady_clock::time_point beaten_at() const;

    [[nodiscard]] int fd() const { return fd_.get(); }

private:
    struct Place;
    struct Layout;
    struct Unmap {
        void operator()(Layout *memory) const;
    };
    LastingRecord(UniqueFd fd, std::unique_ptr<Layout, Unmap> memory);
    [[nodiscard]] static Result<LastingRecord> map(UniqueFd fd);
    /// The whole one that was written last; null without one.
    [[nodiscard]] const Place *in_force() const;

    UniqueFd fd_;
    std::unique_ptr<Layout, Unmap> memory_;
};

} // namespace mitosis::sys
