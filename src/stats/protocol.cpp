// SPDX-License-Identifier: GPL-2.0-only
#include "stats/protocol.hpp"

#include "stats/metrics.hpp"

#include <nlohmann/json.hpp>

#include <cerrno>
#include <expected>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace mitosis::stats {

namespace {

using Json = nlohmann::json;

struct Request {
    std::string operation;
    std::map<std::string, std::string> arguments;
};

using Parsed = std::expected<Request, std::string>;

Parsed parse(std::string_view line)
{
    const Json json = Json::parse(line, nullptr, false);
    if (!json.is_object() || !json.contains("req") || !json["req"].is_string())
        return std::unexpected("the request is no JSON object with a \"req\"");
    Request request{.operation = json["req"].get<std::string>(), .arguments = {}};
    const Json arguments = json.value("args", Json::object());
    if (!arguments.is_object())
        return std::unexpected("\"args\" is no object");
    for (const auto &[key, value] : arguments.items()) {
        if (!value.is_string())
            return std::unexpected("an argument is no string");
        request.arguments[key] = value.get<std::string>();
    }
    return request;
}

/// `response` is JSON.
std::string reply(int error, const std::string &response)
{
    return R"({"errno":)" + std::to_string(error) + R"(,"args":{"resp":)" + response + "}}\n";
}

std::string refuse(const std::string &why)
{
    return reply(EINVAL, Json(why).dump(-1, ' ', false, Json::error_handler_t::replace));
}

} // namespace

std::string answer(std::string_view request, const std::function<std::string()> &metrics)
{
    const Parsed parsed = parse(request);
    if (!parsed)
        return refuse(parsed.error());
    if (parsed->operation == "stats_meta")
        return reply(0, meta());
    if (parsed->operation != "stats")
        return refuse("unknown request \"" + parsed->operation + "\"");
    const auto target = parsed->arguments.find("target");
    if (target != parsed->arguments.end() && target->second != "top")
        return refuse("unknown target \"" + target->second + "\"");
    return reply(0, metrics());
}

std::string metrics_request()
{
    return R"({"req":"stats","args":{"target":"top"}})"
           "\n";
}

std::optional<std::string> metrics_in(std::string_view answer)
{
    const Json json = Json::parse(answer, nullptr, false);
    if (!json.is_object() || json.value("errno", 1) != 0 || !json.contains("args") ||
        !json["args"].contains("resp"))
        return std::nullopt;
    return json["args"]["resp"].dump();
}

} // namespace mitosis::stats
