// SPDX-License-Identifier: GPL-2.0-only
#include "bus/reconfigure_request.hpp"

#include "bus/errors.hpp"
#include "core/setting_value.hpp"
#include "engine/ports.hpp"

#include <sdbus-c++/Types.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <format>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace mitosis::bus {

namespace {

constexpr std::size_t max_key_bytes = 300; // a cgroup's name has 255

/// The integer of type T that the variant may hold, if it fits.
template <class T> void take_integer(std::optional<SettingValue> &to, const sdbus::Variant &value)
{
    if (!value.containsValueOfType<T>())
        return;
    const T number = value.get<T>();
    if (std::in_range<std::int64_t>(number))
        to = static_cast<std::int64_t>(number);
}

template <class T> void take(std::optional<SettingValue> &to, const sdbus::Variant &value)
{
    if (value.containsValueOfType<T>())
        to = value.get<T>();
}

std::optional<SettingValue> to_setting_value(const sdbus::Variant &value)
{
    std::optional<SettingValue> taken;
    take<bool>(taken, value);
    take<double>(taken, value);
    take<std::string>(taken, value);
    take<std::vector<std::string>>(taken, value);
    take_integer<std::uint8_t>(taken, value);
    take_integer<std::int16_t>(taken, value);
    take_integer<std::uint16_t>(taken, value);
    take_integer<std::int32_t>(taken, value);
    take_integer<std::uint32_t>(taken, value);
    take_integer<std::int64_t>(taken, value);
    take_integer<std::uint64_t>(taken, value);
    return taken;
}

bool is_too_long(const std::string &text)
{
    return text.size() > max_string_bytes;
}

bool is_too_large(const SettingValue &value)
{
    if (const auto *text = std::get_if<std::string>(&value))
        return is_too_long(*text);
    const auto *list = std::get_if<std::vector<std::string>>(&value);
    return list != nullptr &&
           (list->size() > max_list_items || std::ranges::any_of(*list, is_too_long));
}

std::optional<BusError> add_setting(engine::ReconfigureRequest &request, const std::string &key,
                                    const sdbus::Variant &value)
{
    const std::string shown = printable(key, max_key_bytes);
    if (key.size() > max_key_bytes)
        return invalid_argument("no setting has a name as long as " + shown + "...");
    auto taken = to_setting_value(value);
    if (!taken)
        return invalid_argument(
            std::format("{}: a value of type {}; allowed are b, integers below 2^63, d, s and as",
                        shown, printable(value.peekValueType(), 32)));
    if (is_too_large(*taken))
        return invalid_argument(
            std::format("{}: too large; allowed are strings of {} bytes and lists of {}", shown,
                        max_string_bytes, max_list_items));
    request.settings.emplace(key, *std::move(taken));
    return std::nullopt;
}

} // namespace

std::expected<engine::ReconfigureRequest, BusError>
parse_reconfigure(const std::map<std::string, sdbus::Variant> &settings,
                  std::uint64_t expected_generation, std::uint64_t flags)
{
    if (settings.empty() || settings.size() > max_settings)
        return std::unexpected(invalid_argument(
            std::format("{} settings; allowed are 1 to {}", settings.size(), max_settings)));
    if ((flags & ~(flag_dry_run | flag_allow_reattach)) != 0)
        return std::unexpected(invalid_argument(
            std::format("flags {}: allowed are 1 (dry run) and 2 (allow to re-attach)", flags)));
    engine::ReconfigureRequest request{.settings = {},
                                       .expected_generation = expected_generation,
                                       .dry_run = (flags & flag_dry_run) != 0,
                                       .allow_reattach = (flags & flag_allow_reattach) != 0};
    for (const auto &[key, value] : settings)
        if (auto error = add_setting(request, key, value))
            return std::unexpected(*std::move(error));
    return request;
}

std::expected<void, BusError> check_names(const std::vector<std::string> &names)
{
    if (names.size() > max_settings)
        return std::unexpected(invalid_argument(
            std::format("{} names; allowed are 0 to {}", names.size(), max_settings)));
    const auto longest = std::ranges::max_element(names, {}, &std::string::size);
    if (longest != names.end() && longest->size() > max_key_bytes)
        return std::unexpected(invalid_argument("no setting has a name as long as " +
                                                printable(*longest, max_key_bytes) + "..."));
    return {};
}

} // namespace mitosis::bus
