// SPDX-License-Identifier: GPL-2.0-only
// A directory of one test, gone with it.
#pragma once

#include <filesystem>
#include <string>

namespace mitosis::sys {

class TemporaryDirectory {
public:
    TemporaryDirectory();
    ~TemporaryDirectory();
    TemporaryDirectory(const TemporaryDirectory &) = delete;
    TemporaryDirectory &operator=(const TemporaryDirectory &) = delete;
    TemporaryDirectory(TemporaryDirectory &&) = delete;
    TemporaryDirectory &operator=(TemporaryDirectory &&) = delete;

    [[nodiscard]] std::string path(const std::string &below = "") const;
    void make_directory(const std::string &below) const;
    void remove(const std::string &below) const;
    /// Makes the directories on the way too.
    void write(const std::string &below, const std::string &text) const;
    void link(const std::string &below, const std::string &target) const;

private:
    std::filesystem::path path_;
};

} // namespace mitosis::sys
