// SPDX-License-Identifier: GPL-2.0-only
// Gate: from the method call that is being handled to the answer of the Authority and on to the
// reply.
#pragma once

#include "bus/authority.hpp"
#include "bus/errors.hpp"

#include <sdbus-c++/Error.h>
#include <sdbus-c++/MethodResult.h>
#include <systemd/sd-bus.h>

#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

namespace mitosis::bus {

class Gate {
public:
    /// Told of an exception out of a call that is no sdbus::Error. Must not throw.
    using FaultReport = std::function<void(const std::string &)>;

    /// Bus and authority must outlive it.
    Gate(sd_bus *bus, Authority &authority, FaultReport report)
        : bus_(bus), authority_(authority), report_(std::move(report))
    {
    }

    /// Only inside the handler of a method of org.scx.Mitosis. Once the caller was let in, runs
    /// `work`, which returns a tuple of the reply's arguments or throws sdbus::Error, and replies.
    /// Any other exception is reported and answered with Failed: no call ends the service.
    template <class Work, class... Out>
    void admit(std::string_view member, sdbus::Result<Out...> &&reply, Work work)
    {
        authority_.admit(describe(member),
                         [reply = std::move(reply), work = std::move(work),
                          report = reporter_of(member)](const auto &refusal) mutable {
                             answer(reply, refusal, work, report);
                         });
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
    /// Says the member, too.
    [[nodiscard]] FaultReport reporter_of(std::string_view member) const;

    template <class Work, class... Out>
    static void answer(const sdbus::Result<Out...> &reply, const std::optional<BusError> &refusal,
                       Work &work, const FaultReport &report) noexcept
    {
        if (refusal)
            return refuse(reply, to_sdbus(*refusal));
        try {
            std::apply([&](const Out &...out) { reply.returnResults(out...); }, work());
        } catch (const sdbus::Error &error) {
            refuse(reply, error);
        } catch (const std::exception &fault) {
            report(fault.what());
            refuse(reply, to_sdbus(failed(fault.what())));
        }
    }

    sd_bus *bus_;
    Authority &authority_;
    FaultReport report_;
};

} // namespace mitosis::bus
