// SPDX-License-Identifier: GPL-2.0-only
#include "temporary_directory.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <system_error>

namespace mitosis::sys {

namespace fs = std::filesystem;

TemporaryDirectory::TemporaryDirectory()
{
    std::string name = fs::temp_directory_path() / "mitosis-test-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr)
        throw std::runtime_error("cannot make " + name);
    path_ = name;
}

TemporaryDirectory::~TemporaryDirectory()
{
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

std::string TemporaryDirectory::path(const std::string &below) const
{
    return path_ / below;
}

void TemporaryDirectory::make_directory(const std::string &below) const
{
    fs::create_directories(path_ / below);
}

void TemporaryDirectory::remove(const std::string &below) const
{
    fs::remove_all(path_ / below);
}

void TemporaryDirectory::write(const std::string &below, const std::string &text) const
{
    fs::create_directories((path_ / below).parent_path());
    std::ofstream(path_ / below) << text;
}

void TemporaryDirectory::link(const std::string &below, const std::string &target) const
{
    fs::create_directories((path_ / below).parent_path());
    fs::create_symlink(target, path_ / below);
}

} // namespace mitosis::sys
