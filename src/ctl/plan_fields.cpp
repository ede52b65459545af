// SPDX-License-Identifier: GPL-2.0-only
#include "ctl/plan_fields.hpp"

#include "core/cpu_list.hpp"
#include "core/cpu_set.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace mitosis::ctl {

using Json = nlohmann::json;

Fields::Fields(const Json &object, std::string path, Complaint &complaint)
    : object_(object), path_(std::move(path)), complaint_(complaint)
{
    if (!object.is_object())
        complaint.add((path_.empty() ? "the problem" : path_) + " must be an object");
}

std::string Fields::path_of(std::string_view key) const
{
    return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
}

const Json *Fields::member(std::string_view key) const
{
    if (!object_.is_object())
        return nullptr;
    const auto found = object_.find(key);
    return found == object_.end() || found->is_null() ? nullptr : &*found;
}

std::optional<std::string> Fields::text(std::string_view key) const
{
    const Json *value = member(key);
    if (value == nullptr)
        return std::nullopt;
    if (value->is_string())
        return value->get<std::string>();
    complaint_.add(path_of(key) + " must be a string");
    return std::nullopt;
}

std::optional<double> Fields::number(std::string_view key, double least) const
{
    const Json *value = member(key);
    if (value == nullptr)
        return std::nullopt;
    if (value->is_number() && value->get<double>() >= least)
        return value->get<double>();
    complaint_.add(path_of(key) + " must be a number, not negative");
    return std::nullopt;
}

std::optional<std::uint32_t> Fields::count(std::string_view key, std::uint32_t least) const
{
    const Json *value = member(key);
    if (value == nullptr)
        return std::nullopt;
    if (value->is_number_integer() && value->get<std::int64_t>() >= least &&
        value->get<std::int64_t>() <= INT32_MAX)
        return value->get<std::uint32_t>();
    complaint_.add(path_of(key) + " must be a whole number of at least " + std::to_string(least));
    return std::nullopt;
}

std::optional<bool> Fields::flag(std::string_view key) const
{
    const Json *value = member(key);
    if (value == nullptr)
        return std::nullopt;
    if (value->is_boolean())
        return value->get<bool>();
    complaint_.add(path_of(key) + " must be true or false");
    return std::nullopt;
}

std::optional<CpuSet> Fields::cpus(std::string_view key) const
{
    const Json *value = member(key);
    return value == nullptr ? std::nullopt : read_cpus(*value, path_of(key), complaint_);
}

std::optional<CpuSet> read_cpus(const Json &value, const std::string &path, Complaint &complaint)
{
    if (value.is_string())
        if (const auto parsed = parse_cpu_list(value.get<std::string>()))
            return *parsed;
    CpuSet cpus;
    bool is_list = value.is_array();
    for (const Json &cpu : is_list ? value : Json::array()) {
        is_list = is_list && cpu.is_number_unsigned() && cpu.get<std::uint64_t>() < max_cpus;
        if (is_list)
            cpus.insert(cpu.get<unsigned>());
    }
    if (is_list)
        return cpus;
    complaint.add(path + " must be a list of CPUs such as \"0-3,8\", each below " +
                  std::to_string(max_cpus));
    return std::nullopt;
}

} // namespace mitosis::ctl
