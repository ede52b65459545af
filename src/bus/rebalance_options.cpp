// SPDX-License-Identifier: GPL-2.0-only
#include "bus/rebalance_options.hpp"

#include "bus/errors.hpp"
#include "engine/ports.hpp"

#include <sdbus-c++/Types.h>

#include <cstddef>
#include <expected>
#include <map>
#include <optional>
#include <string>

namespace mitosis::bus {

namespace {

constexpr std::size_t max_reason_bytes = 128;
constexpr std::size_t max_key_bytes = 64;

template <class T>
std::optional<BusError> read(T &to, const sdbus::Variant &value, const std::string &key)
{
    if (!value.containsValueOfType<T>())
        return invalid_argument("option " + key + " has the wrong type");
    to = value.get<T>();
    return std::nullopt;
}

std::optional<BusError> read_reason(std::string &reason, const sdbus::Variant &value)
{
    if (auto error = read(reason, value, "Reason"))
        return error;
    if (reason.size() > max_reason_bytes)
        return invalid_argument("option Reason is longer than 128 bytes");
    reason = printable(reason);
    return std::nullopt;
}

std::optional<BusError> read_option(engine::RebalanceRequest &request, const std::string &key,
                                    const sdbus::Variant &value)
{
    if (key == "DryRun")
        return read(request.dry_run, value, key);
    if (key == "Force")
        return read(request.force, value, key);
    if (key == "Reason")
        return read_reason(request.reason, value);
    return invalid_argument("unknown option \"" + printable(key, max_key_bytes) +
                            "\"; known are DryRun, Force, Reason");
}

} // namespace

std::expected<engine::RebalanceRequest, BusError>
parse_rebalance_options(const std::map<std::string, sdbus::Variant> &options)
{
    engine::RebalanceRequest request;
    for (const auto &[key, value] : options)
        if (auto error = read_option(request, key, value))
            return std::unexpected(*error);
    return request;
}

} // namespace mitosis::bus
