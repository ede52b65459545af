// SPDX-License-Identifier: GPL-2.0-only
// Settings: how libbpf opens the BPF object.
#include "config/member.hpp"
#include "config/raw_setting.hpp"
#include "config/rows.hpp"
#include "config/settings.hpp"
#include "core/config.hpp"

#include <array>
#include <expected>
#include <span>
#include <string>

namespace mitosis::config {
namespace {

using Stored = std::expected<void, std::string>;

/// These end up as C strings.
Stored check_text(const std::string &text)
{
    if (text.contains('\0'))
        return std::unexpected("a zero byte may not be part of a path");
    return {};
}

template <std::string LibbpfOptions::*Member> Stored store_path(Config &config, const Value &value)
{
    const auto &text = std::get<std::string>(value);
    if (auto checked = check_text(text); !checked)
        return checked;
    config.libbpf.*Member = text;
    return {};
}

Stored store_token_path(Config &config, const Value &value)
{
    const auto &text = std::get<std::string>(value);
    if (auto checked = check_text(text); !checked)
        return checked;
    config.libbpf.bpf_token_path = text;
    return {};
}

Value load_token_path(const Config &config)
{
    return config.libbpf.bpf_token_path.value_or("");
}

constexpr std::array rows{
    Setting{
        .name = "relaxed-maps",
        .placeholder = "true|false",
        .effect = Effect::reattach,
        .summary = "let libbpf tolerate unknown attributes of maps",
        .doc = "Let libbpf tolerate attributes of map definitions that it does not know.",
        .store = put<&Config::libbpf, &LibbpfOptions::relaxed_maps>,
        .load = get<&Config::libbpf, &LibbpfOptions::relaxed_maps>,
    },
    Setting{
        .name = "pin-root-path",
        .type = ValueType::text,
        .placeholder = "PATH",
        .allowed = "a path",
        .example = "\"/sys/fs/bpf\"",
        .effect = Effect::reattach,
        .summary = "where libbpf would pin maps",
        .doc = "Where libbpf would pin maps. This scheduler pins none. Unset by default, which is "
               "/sys/fs/bpf.",
        .store = store_path<&LibbpfOptions::pin_root_path>,
        .load = get<&Config::libbpf, &LibbpfOptions::pin_root_path>,
    },
    Setting{
        .name = "kconfig",
        .type = ValueType::text,
        .placeholder = "FILE",
        .allowed = "the path of a file",
        .example = "\"/etc/scx-mitosis/kconfig\"",
        .effect = Effect::reattach,
        .summary = "file with additional CONFIG_x values for libbpf",
        .doc = "A file with additional CONFIG_x=value lines, which libbpf adds to the running "
               "kernel's. Unset by default. A file that cannot be read fails the start.",
        .store = store_path<&LibbpfOptions::kconfig>,
        .load = get<&Config::libbpf, &LibbpfOptions::kconfig>,
    },
    Setting{
        .name = "btf-custom-path",
        .type = ValueType::text,
        .placeholder = "FILE",
        .allowed = "the path of a file",
        .example = "\"/usr/lib/debug/vmlinux.btf\"",
        .effect = Effect::reattach,
        .summary = "type information that libbpf relocates against",
        .doc =
            "A file of kernel type information (BTF) that libbpf relocates against, instead of "
            "the running kernel's. Unset by default. A file that cannot be read fails the start.",
        .store = store_path<&LibbpfOptions::btf_custom_path>,
        .load = get<&Config::libbpf, &LibbpfOptions::btf_custom_path>,
    },
    Setting{
        .name = "bpf-token-path",
        .type = ValueType::text,
        .placeholder = "PATH",
        .allowed = "the path of a BPF file system, or \"\"",
        .example = "\"\"",
        .effect = Effect::reattach,
        .summary = "BPF file system that libbpf makes a token from",
        .doc = "The BPF file system from which libbpf makes a BPF token; an empty text keeps it "
               "from looking for one. Unset by default: LIBBPF_BPF_TOKEN_PATH in the environment, "
               "else /sys/fs/bpf.",
        .store = store_token_path,
        .load = load_token_path,
    },
};

} // namespace

std::span<const Setting> libbpf_settings()
{
    return rows;
}

} // namespace mitosis::config
