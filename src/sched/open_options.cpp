// SPDX-License-Identifier: GPL-2.0-only
#include "sched/open_options.hpp"

#include "core/config.hpp"
#include "core/error.hpp"
#include "core/refusal.hpp"

#include <bpf/libbpf.h>

#include <cerrno>
#include <expected>
#include <format>
#include <fstream>
#include <ios>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace mitosis::sched {
namespace {

std::unexpected<Error> unreadable(std::string_view setting, const std::string &path)
{
    const int reason = errno == 0 ? EIO : errno;
    return refuse(Refusal::invalid_setting, std::format("{}: cannot read {}: {}", setting, path,
                                                        std::generic_category().message(reason)));
}

/// "" without a path.
Result<std::string> read_file(std::string_view setting, const std::string &path)
{
    if (path.empty()) {
        return {};
    }
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        return unreadable(setting, path);
    }
    std::string text;
    std::getline(file, text, '\0'); // libbpf takes a C string
    if (file.bad()) {
        return unreadable(setting, path);
    }
    return text;
}

/// libbpf says only that it could not parse a file that it could not open.
Result<void> try_to_open(std::string_view setting, const std::string &path)
{
    errno = 0;
    if (!path.empty() && !std::ifstream(path, std::ios::binary)) {
        return unreadable(setting, path);
    }
    return {};
}

const char *unless_empty(const std::string &text)
{
    return text.empty() ? nullptr : text.c_str();
}

} // namespace

Result<OpenOptions> OpenOptions::read(LibbpfOptions settings)
{
    auto kconfig = read_file("kconfig", settings.kconfig);
    if (!kconfig) {
        return std::unexpected(std::move(kconfig).error());
    }
    if (auto opened = try_to_open("btf-custom-path", settings.btf_custom_path); !opened) {
        return std::unexpected(std::move(opened).error());
    }
    return OpenOptions(std::move(settings), *std::move(kconfig));
}

bpf_object_open_opts OpenOptions::get() const
{
    bpf_object_open_opts options{};
    options.sz = sizeof(options);
    options.relaxed_maps = settings_.relaxed_maps;
    options.pin_root_path = unless_empty(settings_.pin_root_path);
    options.kconfig = unless_empty(kconfig_);
    options.btf_custom_path = unless_empty(settings_.btf_custom_path);
    if (settings_.bpf_token_path) { // an empty one says: look for none
        options.bpf_token_path = settings_.bpf_token_path->c_str();
    }
    return options;
}

} // namespace mitosis::sched
