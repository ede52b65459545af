// SPDX-License-Identifier: GPL-2.0-only
// The one table of settings. Name, type, range, documentation and effect of every setting stand
// here; the command line, the file, the bus, the man page and the sample file all follow it.
#pragma once

#include "config/raw_setting.hpp"
#include "core/cell_policy.hpp"
#include "core/config.hpp"

#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mitosis::config {

/// In the order of Value's alternatives.
enum class ValueType { toggle, integer, real, text, text_list };

/// When a changed value counts.
enum class Effect {
    live,            // at once
    reattach,        // after the scheduler was attached anew
    reattach_for_on, // of a toggle: the same for true, if the scheduler was attached without it
    restart,         // only for a new process
    none,            // never: the setting is accepted, but means nothing
};
[[nodiscard]] std::string to_string(Effect effect);

/// Both ends included.
struct Range {
    double lowest;
    double highest;
};

struct Setting {
    std::string_view name; // long option without dashes, key in the file, key on the bus
    ValueType type = ValueType::toggle;
    /// What the option means without a value; "" where it needs one. With it a value has to be
    /// attached by "=".
    std::string_view bare{};
    char letter = '\0';             // the short option; 0 without one
    std::string_view placeholder{}; // stands for the value in the help text: "SECONDS"
    std::string_view unit{};        // "" without one
    std::optional<Range> range{};   // of numbers
    std::string_view allowed{};     // in words, where there is no range
    std::string_view example{};     // in TOML, of a setting that is unset by default; else ""
    Effect effect = Effect::live;
    std::string_view summary{}; // one line without a full stop
    std::string_view doc{};     // one paragraph
    /// Precondition: the value has this setting's type and lies in its range. The error says why
    /// the value is refused all the same.
    std::expected<void, std::string> (*store)(Config &config, const Value &value) = nullptr;
    Value (*load)(const Config &config) = nullptr;
};

/// A key of the tables [cell."NAME"], whose settings say something of single cells.
struct CellSetting {
    std::string_view name;
    ValueType type = ValueType::toggle;
    std::string_view unit{};
    std::optional<Range> range{};
    std::string_view allowed{};
    std::string_view example{}; // in TOML
    std::string_view doc{};
    /// As for Setting.
    std::expected<void, std::string> (*store)(CellRule &rule, const Value &value) = nullptr;
};
[[nodiscard]] std::span<const CellSetting> cell_rule_settings();
[[nodiscard]] const CellSetting *find_cell_setting(std::string_view name);
[[nodiscard]] std::string_view nearest_cell_setting(std::string_view name);
[[nodiscard]] std::string allowed_values(const CellSetting &setting);

/// In the order in which people should read them.
[[nodiscard]] std::span<const Setting> settings();
[[nodiscard]] const Setting *find_setting(std::string_view name);
/// The known name with the fewest edits from `name`.
[[nodiscard]] std::string_view nearest_setting(std::string_view name);

/// "0.05 to 86400 seconds", "true or false", ...
[[nodiscard]] std::string allowed_values(const Setting &setting);
/// As it is written in a TOML file: 1.5, true, "text", ["a", "b"].
[[nodiscard]] std::string to_toml(const Value &value);

/// A value written as plain text, as on the command line; the error says what is wrong. A list
/// becomes a list of one.
[[nodiscard]] std::expected<Value, std::string> parse_value(const Setting &setting,
                                                            std::string_view text);

/// Puts one raw setting into `config`, or says why not and leaves it as it was.
[[nodiscard]] std::optional<Problem> store(const RawSetting &raw, Config &config);

/// Who gave a setting its value.
struct Origin {
    std::string name;
    Source source;
    friend bool operator==(const Origin &, const Origin &) = default;
};

struct Effective {
    Config config;
    std::vector<Origin> origins; // of the settings that are not at their default, in table order
};

/// Lays the documents over the defaults; a later one wins, a list replaces a list. Every problem of
/// every document is reported, in order, also those of values that would be overridden.
[[nodiscard]] std::expected<Effective, std::vector<Problem>>
merge(std::span<const Document> documents);

/// What a machine with so many CPUs cannot give: minima whose sum is too large, with the sum, and
/// single ones that are. `config` is what the documents merge to.
[[nodiscard]] std::vector<Problem> find_excess(std::span<const Document> documents,
                                               const Config &config, unsigned cpus);

/// The names whose values differ, in table order; "cell" last, for the rules of cells.
[[nodiscard]] std::vector<std::string> changed_settings(const Config &before, const Config &after);

/// The settings of `wanted` that a scheduler which was attached with `attached` cannot take over,
/// in table order.
[[nodiscard]] std::vector<std::string> settings_to_reattach_for(const Config &attached,
                                                                const Config &wanted);

} // namespace mitosis::config
