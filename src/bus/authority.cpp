// SPDX-License-Identifier: GPL-2.0-only
#include "bus/authority.hpp"

#include "bus/errors.hpp"
#include "bus/privilege.hpp"
#include "bus/rate_limits.hpp"
#include "bus/sd_ptr.hpp"
#include "core/cell_table.hpp"

#include <systemd/sd-bus.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace mitosis::bus {

namespace {

constexpr std::chrono::microseconds bus_patience = std::chrono::seconds(5);
/// A person may have to be found and to type a password.
constexpr std::chrono::microseconds person_patience = std::chrono::minutes(5);
constexpr std::chrono::microseconds polkit_patience = std::chrono::seconds(15);

constexpr std::uint32_t allow_user_interaction = 1; // polkit's CheckAuthorizationFlags

constexpr const char *bus_driver = "org.freedesktop.DBus";
constexpr const char *bus_driver_path = "/org/freedesktop/DBus";
constexpr const char *polkit = "org.freedesktop.PolicyKit1";
constexpr const char *polkit_path = "/org/freedesktop/PolicyKit1/Authority";
constexpr const char *polkit_interface = "org.freedesktop.PolicyKit1.Authority";

std::string cancellation_id(std::uint64_t id)
{
    return "scx-mitosis-" + std::to_string(id);
}

std::uint64_t in_usec(std::chrono::microseconds time)
{
    return static_cast<std::uint64_t>(time.count());
}

int ignore_reply(sd_bus_message * /*reply*/, void * /*data*/, sd_bus_error * /*error*/) noexcept
{
    return 0;
}

/// polkit's answer to a request, in the reply (bba{ss}).
struct Verdict {
    int authorised = 0;
    int challenge = 0;
};

std::optional<Verdict> read_verdict(sd_bus_message *reply)
{
    Verdict verdict;
    if (sd_bus_message_is_method_error(reply, nullptr) != 0 ||
        sd_bus_message_enter_container(reply, 'r', "bba{ss}") < 0 ||
        sd_bus_message_read(reply, "bb", &verdict.authorised, &verdict.challenge) < 0)
        return std::nullopt;
    return verdict;
}

/// Why not, if not.
std::optional<BusError> judge(const AdmissionRequest &request, sd_bus_message *reply)
{
    const MemberRule &rule = request.rule;
    const auto verdict = read_verdict(reply);
    if (!verdict)
        return access_denied(rule.member, "denied, as polkit does not answer; root may");
    if (verdict->authorised != 0)
        return std::nullopt;
    if (verdict->challenge != 0 && !request.interactive)
        return interaction_required(rule.member);
    return access_denied(rule.member, "denied by polkit, action " + std::string(rule.action));
}

} // namespace

void Authority::admit(AdmissionRequest request, Answer answer)
{
    if (pending_.size() >= max_pending)
        return answer(limits_exceeded("too many callers wait for their authorisation"));
    const std::uint64_t id = ++last_id_;
    Pending &pending = pending_
                           .emplace(id, Pending{.authority = this,
                                                .id = id,
                                                .request = std::move(request),
                                                .answer = std::move(answer)})
                           .first->second;
    ask_who(pending);
}

void Authority::ask_who(Pending &pending)
{
    sd_bus_message *made = nullptr;
    int r = sd_bus_message_new_method_call(bus_, &made, bus_driver, bus_driver_path, bus_driver,
                                           "GetConnectionUnixUser");
    const SdPtr<sd_bus_message> call(made);
    sd_bus_slot *slot = nullptr;
    r = r < 0 ? r : sd_bus_message_append(made, "s", pending.request.sender.c_str());
    r = r < 0 ? r : sd_bus_call_async(bus_, &slot, made, on_user, &pending, in_usec(bus_patience));
    pending.call.reset(slot);
    if (r < 0)
        finish(pending, access_denied(pending.request.rule.member, "the bus cannot be asked"));
}

int Authority::on_user(sd_bus_message *reply, void *data, sd_bus_error * /*error*/) noexcept
{
    auto &pending = *static_cast<Pending *>(data);
    std::uint32_t user = 0;
    if (sd_bus_message_is_method_error(reply, nullptr) != 0 ||
        sd_bus_message_read(reply, "u", &user) < 0) {
        pending.authority->finish(pending, access_denied(pending.request.rule.member,
                                                         "the bus does not know the caller"));
        return 0;
    }
    pending.user = user;
    pending.authority->consider(pending);
    return 0;
}

void Authority::consider(Pending &pending)
{
    const MemberRule &rule = pending.request.rule;
    if (pending.user == uid_t{0})
        return finish(pending, std::nullopt);
    if (auto limit = find_limit(pending))
        return finish(pending, std::move(limit));
    if (rule.privilege == Privilege::none)
        return finish(pending, std::nullopt);
    if (rule.privilege == Privilege::root)
        return finish(pending, access_denied(rule.member, "denied, only root may"));
    ask_polkit(pending);
}

std::optional<BusError> Authority::find_limit(const Pending &pending)
{
    const auto of_user = std::ranges::count_if(
        pending_, [&](const auto &entry) { return entry.second.user == pending.user; });
    if (std::cmp_greater(of_user, max_pending_of_user))
        return limits_exceeded("too many calls of this user wait for their authorisation");
    if (!pending.request.rule.rate)
        return std::nullopt;
    if (auto taken = limits_.take(*pending.request.rule.rate, *pending.user, Clock::now()); !taken)
        return rate_limited(taken.error());
    return std::nullopt;
}

void Authority::ask_polkit(Pending &pending)
{
    watch_caller(pending);
    const AdmissionRequest &request = pending.request;
    sd_bus_message *made = nullptr;
    int r = sd_bus_message_new_method_call(bus_, &made, polkit, polkit_path, polkit_interface,
                                           "CheckAuthorization");
    const SdPtr<sd_bus_message> call(made);
    const std::string action(request.rule.action);
    r = r < 0 ? r
              : sd_bus_message_append(made, "(sa{sv})sa{ss}us", "system-bus-name", 1, "name", "s",
                                      request.sender.c_str(), action.c_str(), 0,
                                      request.interactive ? allow_user_interaction : 0U,
                                      cancellation_id(pending.id).c_str());
    sd_bus_slot *slot = nullptr;
    r = r < 0 ? r
              : sd_bus_call_async(bus_, &slot, made, on_verdict, &pending,
                                  in_usec(request.interactive ? person_patience : polkit_patience));
    pending.call.reset(slot);
    pending.at_polkit = r >= 0;
    if (r < 0)
        finish(pending, access_denied(request.rule.member, "polkit cannot be asked"));
}

/// Installed before polkit is asked: should the caller be gone already, polkit finds no subject.
void Authority::watch_caller(Pending &pending)
{
    const std::string match = "type='signal',sender='org.freedesktop.DBus',"
                              "interface='org.freedesktop.DBus',member='NameOwnerChanged',arg0='" +
                              pending.request.sender + "'";
    sd_bus_slot *slot = nullptr;
    // Without it a caller who goes is found out only when polkit answers or the patience ends.
    (void)sd_bus_add_match_async(bus_, &slot, match.c_str(), on_caller_gone, ignore_reply,
                                 &pending);
    pending.watch.reset(slot);
}

int Authority::on_caller_gone(sd_bus_message * /*signal*/, void *data,
                              sd_bus_error * /*error*/) noexcept
{
    // A unique name has no other change than its end.
    auto &pending = *static_cast<Pending *>(data);
    Authority &authority = *pending.authority;
    authority.cancel_at_polkit(pending);
    authority.pending_.erase(pending.id);
    return 0;
}

void Authority::cancel_at_polkit(const Pending &pending)
{
    if (pending.at_polkit)
        (void)sd_bus_call_method_async(bus_, nullptr, polkit, polkit_path, polkit_interface,
                                       "CancelCheckAuthorization", ignore_reply, nullptr, "s",
                                       cancellation_id(pending.id).c_str());
}

int Authority::on_verdict(sd_bus_message *reply, void *data, sd_bus_error * /*error*/) noexcept
{
    auto &pending = *static_cast<Pending *>(data);
    Authority &authority = *pending.authority;
    const int errnum = sd_bus_message_get_errno(reply);
    if (errnum == ETIMEDOUT)
        authority.cancel_at_polkit(pending);
    authority.finish(pending, judge(pending.request, reply));
    return 0;
}

void Authority::finish(Pending &pending, std::optional<BusError> refusal)
{
    const auto done = pending_.extract(pending.id);
    assert(!done.empty());
    Pending &last = done.mapped();
    if (const auto rate = last.request.rule.rate; !refusal && rate)
        if (auto taken = limits_.take(*rate, Clock::now()); !taken)
            refusal = rate_limited(taken.error());
    last.answer(refusal);
}

} // namespace mitosis::bus
