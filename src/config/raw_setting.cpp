// SPDX-License-Identifier: GPL-2.0-only
#include "config/raw_setting.hpp"

#include <format>
#include <string>

namespace mitosis::config {

std::string to_string(const Source &source)
{
    if (source.line == 0)
        return source.name;
    return std::format("{}:{}:{}", source.name, source.line, source.column);
}

std::string to_string(const Problem &problem)
{
    std::string text = to_string(problem.source);
    if (!problem.key.empty())
        text += ": " + problem.key;
    text += ": " + problem.reason;
    if (!problem.allowed.empty())
        text += ", allowed: " + problem.allowed;
    return text;
}

} // namespace mitosis::config
