// SPDX-License-Identifier: GPL-2.0-only
// UniqueFd: the one owner of a file descriptor. -1 means none.
#pragma once

#include <unistd.h>

#include <functional>
#include <map>
#include <string>
#include <utility>

namespace mitosis::sys {

class UniqueFd {
public:
    UniqueFd() = default;
    explicit UniqueFd(int fd) : fd_(fd) {}
    UniqueFd(UniqueFd &&other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    UniqueFd &operator=(UniqueFd &&other) noexcept
    {
        std::swap(fd_, other.fd_);
        return *this;
    }
    UniqueFd(const UniqueFd &) = delete;
    UniqueFd &operator=(const UniqueFd &) = delete;
    ~UniqueFd()
    {
        if (fd_ >= 0)
            ::close(fd_);
    }

    [[nodiscard]] int get() const { return fd_; }
    /// The caller owns it from now on.
    [[nodiscard]] int release() { return std::exchange(fd_, -1); }
    explicit operator bool() const { return fd_ >= 0; }

private:
    int fd_ = -1;
};

/// Descriptors by what they are called.
using NamedFds = std::map<std::string, UniqueFd, std::less<>>;

} // namespace mitosis::sys
