// SPDX-License-Identifier: GPL-2.0-only
// The address of a socket in the file system.
#pragma once

#include "core/error.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <span>
#include <string>

namespace mitosis::stats {

[[nodiscard]] inline Result<sockaddr_un> make_address(const std::string &path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::span room(address.sun_path);
    if (path.size() >= room.size())
        return fail(ENAMETOOLONG, path);
    std::memcpy(room.data(), path.c_str(), path.size() + 1);
    return address;
}

[[nodiscard]] inline const sockaddr *as_sockaddr(const sockaddr_un &address)
{
    return reinterpret_cast<const sockaddr *>(&address); // NOLINT: the socket API's own way
}

} // namespace mitosis::stats
