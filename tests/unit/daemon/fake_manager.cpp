// SPDX-License-Identifier: GPL-2.0-only
#include "fake_manager.hpp"

#include "sys/unique_fd.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <ranges>
#include <string>
#include <utility>
#include <vector>

namespace mitosis::daemon {
namespace {

/// One notification with its descriptor, if there is one; "" when there is none to be read.
std::pair<std::string, sys::UniqueFd> receive(int from)
{
    std::array<char, 4096> buffer{};
    iovec text{.iov_base = buffer.data(), .iov_len = buffer.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &text;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const auto got = ::recvmsg(from, &message, MSG_CMSG_CLOEXEC);
    if (got < 0)
        return {};
    int fd = -1;
    for (cmsghdr *part = CMSG_FIRSTHDR(&message); part != nullptr;
         part = CMSG_NXTHDR(&message, part))
        if (part->cmsg_type == SCM_RIGHTS)
            std::memcpy(&fd, CMSG_DATA(part), sizeof fd);
    return {std::string(buffer.data(), static_cast<std::size_t>(got)), sys::UniqueFd(fd)};
}

} // namespace

sys::UniqueFd bind_socket(int type, const std::string &path)
{
    sys::UniqueFd fd(::socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::ranges::copy(path, static_cast<char *>(address.sun_path));
    // NOLINTNEXTLINE(bugprone-casting-through-void): the socket interface is made this way
    const auto *const raw = static_cast<const sockaddr *>(static_cast<const void *>(&address));
    EXPECT_EQ(::bind(fd.get(), raw, sizeof address), 0);
    return fd;
}

FakeManager::FakeManager(const std::string &socket_path)
    : socket_(bind_socket(SOCK_DGRAM, socket_path))
{
    ::setenv("NOTIFY_SOCKET", socket_path.c_str(), 1);
}

FakeManager::~FakeManager()
{
    ::unsetenv("NOTIFY_SOCKET");
}

const std::vector<std::string> &FakeManager::notifications()
{
    for (;;) {
        auto [text, fd] = receive(socket_.get());
        if (text.empty())
            return notifications_;
        if (!store(text, std::move(fd)))
            notifications_.push_back(text);
    }
}

std::vector<std::string> FakeManager::kept()
{
    (void)notifications();
    return stored_ | std::views::keys | std::ranges::to<std::vector<std::string>>();
}

sys::NamedFds FakeManager::copies()
{
    (void)notifications(); // it reads all of them before it starts a process
    sys::NamedFds copies;
    for (const auto &[name, fd] : stored_)
        copies.emplace(name, ::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0));
    return copies;
}

/// FDSTORE=1 with a descriptor, FDSTOREREMOVE=1 without.
bool FakeManager::store(const std::string &notification, sys::UniqueFd fd)
{
    if (!notification.starts_with("FDSTORE"))
        return false;
    const std::string name = notification.substr(notification.find("FDNAME=") + 7);
    if (notification.starts_with("FDSTOREREMOVE=1"))
        stored_.erase(name);
    else
        stored_.insert_or_assign(name, std::move(fd));
    return true;
}

} // namespace mitosis::daemon
