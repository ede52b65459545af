// SPDX-License-Identifier: GPL-2.0-only
// Fields: members of a JSON object, read by type. The first thing wrong is kept and named by its
// path; whoever reads looks at it once, at the end.
#pragma once

#include "core/cpu_set.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mitosis::ctl {

class Complaint {
public:
    /// Only the first counts.
    void add(std::string text)
    {
        if (!text_)
            text_ = std::move(text);
    }
    [[nodiscard]] const std::optional<std::string> &first() const { return text_; }

private:
    std::optional<std::string> text_;
};

class Fields {
public:
    /// `path` is how complaints call the object; both referents must outlive this.
    Fields(const nlohmann::json &object, std::string path, Complaint &complaint);

    /// Nothing when the member is missing or null, or wrong (which is then complained about).
    [[nodiscard]] std::optional<std::string> text(std::string_view key) const;
    [[nodiscard]] std::optional<double> number(std::string_view key, double least) const;
    [[nodiscard]] std::optional<std::uint32_t> count(std::string_view key,
                                                     std::uint32_t least) const;
    [[nodiscard]] std::optional<bool> flag(std::string_view key) const;
    /// A CPU list as text, or an array of numbers.
    [[nodiscard]] std::optional<CpuSet> cpus(std::string_view key) const;
    [[nodiscard]] const nlohmann::json *member(std::string_view key) const;
    [[nodiscard]] std::string path_of(std::string_view key) const;

private:
    const nlohmann::json &object_;
    std::string path_;
    Complaint &complaint_;
};

/// A CPU list as text or an array of numbers; complains when it is neither.
[[nodiscard]] std::optional<CpuSet> read_cpus(const nlohmann::json &value, const std::string &path,
                                              Complaint &complaint);

} // namespace mitosis::ctl
