// SPDX-License-Identifier: GPL-2.0-only
// Catches what libbpf says, so that an error can carry it.
#pragma once

#include <bpf/libbpf.h>

#include <string>

namespace mitosis::sched {

/// While one lives, libbpf's warnings go into it instead of to stderr. One at a time per thread.
class LibbpfLog {
public:
    LibbpfLog();
    ~LibbpfLog();
    LibbpfLog(const LibbpfLog &) = delete;
    LibbpfLog &operator=(const LibbpfLog &) = delete;

    /// The last lines, joined by "; "; "" when nothing was said.
    [[nodiscard]] std::string text() const;

private:
    std::string said_;
    libbpf_print_fn_t before_;
};

} // namespace mitosis::sched
