// SPDX-License-Identifier: GPL-2.0-only
// OpenOptions: the settings of libbpf as it takes them, with the files read that they name.
#pragma once

#include "core/config.hpp"
#include "core/error.hpp"

#include <string>
#include <utility>

struct bpf_object_open_opts; // NOLINT(readability-identifier-naming): libbpf's name

namespace mitosis::sched {

class OpenOptions {
public:
    /// A file that cannot be read is a Refusal (invalid_setting) that names setting and file.
    [[nodiscard]] static Result<OpenOptions> read(LibbpfOptions settings);

    /// What was not set is left to libbpf. Valid as long as this object is, and stays where it is.
    [[nodiscard]] bpf_object_open_opts get() const;

private:
    OpenOptions(LibbpfOptions settings, std::string kconfig)
        : settings_(std::move(settings)), kconfig_(std::move(kconfig))
    {
    }

    LibbpfOptions settings_;
    std::string kconfig_; // the text in the file
};

} // namespace mitosis::sched
