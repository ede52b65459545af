// SPDX-License-Identifier: GPL-2.0-only
// Finding: one thing that was looked at, in plain words, and what to do about it.
#pragma once

#include "ctl/text.hpp"

#include <span>
#include <string>

namespace mitosis::ctl {

/// `warning` may be harmless here; `problem` keeps the service from working as it should.
enum class Severity { good, note, warning, problem };

struct Finding {
    Severity severity = Severity::good;
    std::string subject; // a word or two: "kernel", "CVE-2026-43392"
    std::string text;    // what was found
    std::string advice;  // what to do; "" when there is nothing to do
    friend bool operator==(const Finding &, const Finding &) = default;
};

[[nodiscard]] bool has_problem(std::span<const Finding> findings);

/// One line each, a second one for the advice. The severity is a word, not only a colour.
[[nodiscard]] std::string render_findings(std::span<const Finding> findings, Style style);
[[nodiscard]] std::string to_json(std::span<const Finding> findings);

} // namespace mitosis::ctl
