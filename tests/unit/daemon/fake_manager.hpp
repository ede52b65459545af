// SPDX-License-Identifier: GPL-2.0-only
// A service manager that writes down what it is told, and keeps the descriptors it is given.
#pragma once

#include "sys/unique_fd.hpp"

#include <string>
#include <vector>

namespace mitosis::daemon {

/// `type` is SOCK_DGRAM or SOCK_STREAM.
[[nodiscard]] sys::UniqueFd bind_socket(int type, const std::string &path);

class FakeManager {
public:
    /// Whoever notifies from now on tells this one.
    explicit FakeManager(const std::string &socket_path);
    ~FakeManager();
    FakeManager(const FakeManager &) = delete;
    FakeManager &operator=(const FakeManager &) = delete;
    FakeManager(FakeManager &&) = delete;
    FakeManager &operator=(FakeManager &&) = delete;

    /// All so far, in order, but for those about descriptors.
    const std::vector<std::string> &notifications();

    /// The names of the descriptors that it has.
    [[nodiscard]] std::vector<std::string> kept();
    /// As a process that it starts gets them.
    [[nodiscard]] sys::NamedFds copies();
    void lose(const std::string &name) { stored_.erase(name); }

private:
    /// Whether it was about a descriptor.
    bool store(const std::string &notification, sys::UniqueFd fd);

    sys::UniqueFd socket_;
    std::vector<std::string> notifications_;
    sys::NamedFds stored_;
};

} // namespace mitosis::daemon
