// SPDX-License-Identifier: GPL-2.0-only
// Numbers of things, as people read them.
#pragma once

#include <cstddef>
#include <format>
#include <string>
#include <string_view>

namespace mitosis {

/// "1 cell", "2 cells": of nouns whose plural is an s more.
[[nodiscard]] inline std::string counted(std::size_t count, std::string_view noun)
{
    return std::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

} // namespace mitosis
