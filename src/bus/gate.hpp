// SPDX-License-Identifier: GPL-2.0-only
// Gate: from the method call that is being handled to the answer of the Authority and on to the
// reply.
#pragma once

#include "bus/authority.hpp"
#include "bus/errors.hpp"

#include <sdbus-c++/Error.h>
#include <sdbus-c++/MethodResult.h>
#include <systemd/sd-bus.h>

#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

namespace mitosis::bus {

class Gate {
public:
    /// Both must outlive it.
    Gate(sd_bus *bus, Authority &authority) : bus_(bus), authority_(authority) {}

    /// Only inside the handler of a method of org.scx.Mitosis. Once the caller was let in, runs
    /// `work`, which returns a tuple of the reply's arguments or throws sdbus::Error, and replies.
    template <class Work, class... Out>
    void admit(std::string_view member, sdbus::Result<Out...> &&reply, Work work)
    {
        authority_.admit(describe(member),
                         [reply = std::move(reply), work = std::move(work)](
                             const auto &refusal) mutable { answer(reply, refusal, work); });
    }

    /// Replies with the error, unless the caller or the bus is gone.
    template <class... Out>
    static void refuse(const sdbus::Result<Out...> &reply, const sdbus::Error &error) noexcept
    {
        try {
            reply.returnError(error);
        } catch (const sdbus::Error &) { // NOLINT(bugprone-empty-catch): nobody is left to tell
        }
    }

private:
    [[nodiscard]] AdmissionRequest describe(std::string_view member) const;

    template <class Work, class... Out>
    static void answer(const sdbus::Result<Out...> &reply, const std::optional<BusError> &refusal,
                       Work &work) noexcept
    {
        if (refusal)
            return refuse(reply, to_sdbus(*refusal));
        try {
            std::apply([&](const Out &...out) { reply.returnResults(out...); }, work());
        } catch (const sdbus::Error &error) {
            refuse(reply, error);
        }
    }

    sd_bus *bus_;
    Authority &authority_;
};

} // namespace mitosis::bus
