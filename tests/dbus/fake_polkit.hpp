// SPDX-License-Identifier: GPL-2.0-only
// FakePolkit: owns polkit's name on a private bus, answers every check as told and remembers what
// it was asked.
#pragma once

#include <sdbus-c++/IConnection.h>
#include <sdbus-c++/IObject.h>
#include <sdbus-c++/MethodResult.h>
#include <sdbus-c++/Types.h>

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace mitosis::test {

/// `never`: the person who was asked does not answer.
enum class Verdict { yes, no, challenge, never };

struct PolkitCheck {
    std::string subject_kind;
    std::string subject_name;
    std::string action;
    std::uint32_t flags;
    std::string cancellation_id;
};

class FakePolkit {
public:
    FakePolkit(const std::string &address, Verdict verdict);
    ~FakePolkit();
    FakePolkit(const FakePolkit &) = delete;
    FakePolkit &operator=(const FakePolkit &) = delete;

    /// Whoever waits for an answer gets a yes.
    void grant();

    [[nodiscard]] std::vector<PolkitCheck> checks();
    [[nodiscard]] std::vector<std::string> cancelled();
    /// Wait at most the deadline; whether it came to that.
    [[nodiscard]] bool await_checks(std::size_t count);
    [[nodiscard]] bool await_cancelled(std::size_t count);

private:
    using Subject = sdbus::Struct<std::string, std::map<std::string, sdbus::Variant>>;
    using Answer = sdbus::Struct<bool, bool, std::map<std::string, std::string>>;
    using Reply = sdbus::Result<Answer>;

    void check(Reply &&reply, PolkitCheck asked);
    [[nodiscard]] bool await(const std::function<bool()> &condition);

    Verdict verdict_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<PolkitCheck> checks_;
    std::vector<std::string> cancelled_;
    std::unique_ptr<sdbus::IConnection> connection_;
    std::unique_ptr<sdbus::IObject> object_;
    std::vector<Reply> unanswered_; // last: they refer to the connection
};

} // namespace mitosis::test
