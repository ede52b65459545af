// SPDX-License-Identifier: GPL-2.0-only
// Authority: lets callers in. Asks the bus who the caller is, keeps to the limits, and asks polkit
// where the table says so; all of it without waiting, and for a bounded number of callers at once.
// The subject that polkit judges is the caller's unique name on the bus, never a process id.
#pragma once

#include "bus/errors.hpp"
#include "bus/privilege.hpp"
#include "bus/rate_limits.hpp"
#include "bus/sd_ptr.hpp"

#include <sys/types.h>
#include <systemd/sd-bus.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

namespace mitosis::bus {

struct AdmissionRequest {
    MemberRule rule;
    std::string sender;       // unique name
    bool interactive = false; // the caller is ready to wait for a person to be asked
};

class Authority {
public:
    /// Called once, in the loop: without an error the caller may. Not called at all when the caller
    /// is gone, as there is nobody to answer to. Must not throw.
    using Answer = std::move_only_function<void(const std::optional<BusError> &)>;

    static constexpr std::size_t max_pending = 64;
    static constexpr std::size_t max_pending_of_user = 8;

    /// Both must outlive it.
    Authority(sd_bus *bus, RateLimits &limits) : bus_(bus), limits_(limits) {}
    Authority(const Authority &) = delete;
    Authority &operator=(const Authority &) = delete;
    ~Authority() = default;

    void admit(AdmissionRequest request, Answer answer);

private:
    struct Pending {
        Authority *authority;
        std::uint64_t id;
        AdmissionRequest request;
        Answer answer;
        std::optional<uid_t> user{};
        bool at_polkit = false;
        SdPtr<sd_bus_slot> call{};
        SdPtr<sd_bus_slot> watch{};
    };

    void ask_who(Pending &pending);
    void consider(Pending &pending);
    void ask_polkit(Pending &pending);
    void watch_caller(Pending &pending);
    void cancel_at_polkit(const Pending &pending);
    void finish(Pending &pending, std::optional<BusError> refusal);
    [[nodiscard]] std::optional<BusError> find_limit(const Pending &pending);

    static int on_user(sd_bus_message *reply, void *pending, sd_bus_error *error) noexcept;
    static int on_verdict(sd_bus_message *reply, void *pending, sd_bus_error *error) noexcept;
    static int on_caller_gone(sd_bus_message *signal, void *pending, sd_bus_error *error) noexcept;

    sd_bus *bus_;
    RateLimits &limits_;
    std::uint64_t last_id_ = 0;
    std::map<std::uint64_t, Pending> pending_;
};

} // namespace mitosis::bus
