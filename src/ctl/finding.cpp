// SPDX-License-Identifier: GPL-2.0-only
#include "ctl/finding.hpp"

#include "ctl/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <format>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace mitosis::ctl {

namespace {

std::string_view word_of(Severity severity)
{
    switch (severity) {
    case Severity::good:
        return "ok";
    case Severity::note:
        return "note";
    case Severity::warning:
        return "warning";
    case Severity::problem:
        return "problem";
    }
    std::unreachable();
}

std::string_view color_of(Severity severity)
{
    switch (severity) {
    case Severity::good:
        return "32";
    case Severity::note:
        return "0";
    case Severity::warning:
        return "33";
    case Severity::problem:
        return "1;31";
    }
    std::unreachable();
}

} // namespace

bool has_problem(std::span<const Finding> findings)
{
    return std::ranges::contains(findings, Severity::problem, &Finding::severity);
}

std::string render_findings(std::span<const Finding> findings, Style style)
{
    std::string text;
    for (const Finding &finding : findings) {
        const std::string word = std::format("{:>7}", word_of(finding.severity));
        text += std::format("{}  {}: {}\n", colored(word, color_of(finding.severity), style),
                            finding.subject, finding.text);
        if (!finding.advice.empty())
            text += std::format("{:>7}  {}\n", "", finding.advice);
    }
    return text;
}

std::string to_json(std::span<const Finding> findings)
{
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const Finding &finding : findings)
        list.push_back({{"severity", word_of(finding.severity)},
                        {"subject", finding.subject},
                        {"text", finding.text},
                        {"advice", finding.advice}});
    const nlohmann::ordered_json document{{"schema", 1}, {"findings", list}};
    return document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

} // namespace mitosis::ctl
