// SPDX-License-Identifier: GPL-2.0-only
// How a row of the table reaches a member of Config: put<...> and get<...> name the way to it, as
// pointers to members, and convert between its type and the setting's.
#pragma once

#include "config/raw_setting.hpp"
#include "core/config.hpp"

#include <chrono>
#include <concepts>
#include <cstdint>
#include <expected>
#include <string>
#include <type_traits>
#include <variant>

namespace mitosis::config {

template <class Type> struct Conversion; // between a member and a value

template <> struct Conversion<bool> {
    static bool from(const Value &value) { return std::get<bool>(value); }
    static Value to(bool flag) { return flag; }
};

template <std::integral Number> struct Conversion<Number> {
    static Number from(const Value &value)
    {
        return static_cast<Number>(std::get<std::int64_t>(value)); // in the setting's range
    }
    static Value to(Number number) { return std::int64_t{number}; }
};

template <> struct Conversion<double> {
    static double from(const Value &value) { return std::get<double>(value); }
    static Value to(double number) { return number; }
};

template <> struct Conversion<std::string> {
    static std::string from(const Value &value) { return std::get<std::string>(value); }
    static Value to(const std::string &text) { return text; }
};

template <class Number, class Period> struct Conversion<std::chrono::duration<Number, Period>> {
    using Duration = std::chrono::duration<Number, Period>;
    static Duration from(const Value &value) { return Duration(Conversion<Number>::from(value)); }
    static Value to(Duration duration) { return Conversion<Number>::to(duration.count()); }
};

template <auto... Path>
using MemberType = std::remove_reference_t<decltype((std::declval<Config &>().*....*Path))>;

template <auto... Path> std::expected<void, std::string> put(Config &config, const Value &value)
{
    (config.*....*Path) = Conversion<MemberType<Path...>>::from(value);
    return {};
}

template <auto... Path> Value get(const Config &config)
{
    return Conversion<MemberType<Path...>>::to((config.*....*Path));
}

} // namespace mitosis::config
