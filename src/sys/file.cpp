// SPDX-License-Identifier: GPL-2.0-only
#include "sys/file.hpp"

#include "core/error.hpp"
#include "sys/unique_fd.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <expected>
#include <string>
#include <utility>

namespace mitosis::sys {

Result<UniqueFd> open_at(int directory, const std::string &name, int flags)
{
    const int fd = ::openat(directory, name.c_str(), flags | O_CLOEXEC);
    if (fd < 0)
        return fail(errno, "open " + name);
    return UniqueFd(fd);
}

Result<std::string> read_all(int fd, const std::string &name)
{
    std::string text;
    std::array<char, 4096> buffer{};
    for (;;) {
        const auto got = ::read(fd, buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail(errno, "read " + name);
        if (got == 0)
            return text;
        text.append(buffer.data(), static_cast<std::size_t>(got));
    }
}

Result<std::string> read_file_at(int directory, const std::string &name)
{
    auto fd = open_at(directory, name, O_RDONLY);
    if (!fd)
        return std::unexpected(std::move(fd).error());
    return read_all(fd->get(), name);
}

Result<std::string> read_file(const std::string &path)
{
    return read_file_at(AT_FDCWD, path);
}

} // namespace mitosis::sys
