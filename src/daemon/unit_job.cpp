// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/unit_job.hpp"

#include <systemd/sd-bus.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace mitosis::daemon {
namespace {

constexpr std::chrono::microseconds call_timeout{2'000'000};
constexpr const char *systemd = "org.freedesktop.systemd1";

struct Release {
    // NOLINTNEXTLINE(cppcoreguidelines-no-malloc): libsystemd's way
    void operator()(char *text) const { std::free(text); }
    void operator()(sd_bus *bus) const { sd_bus_flush_close_unref(bus); }
    void operator()(sd_bus_message *message) const { sd_bus_message_unref(message); }
};
template <class T> using Owned = std::unique_ptr<T, Release>;

Owned<sd_bus> open_bus()
{
    sd_bus *bus = nullptr;
    if (sd_bus_open_system(&bus) < 0)
        return {};
    Owned<sd_bus> owned(bus);
    (void)sd_bus_set_method_call_timeout(bus, static_cast<std::uint64_t>(call_timeout.count()));
    return owned;
}

/// The object of this process's unit; "" when it is not one of the manager's. The library would
/// look into /proc/1, which a service may not see.
std::string find_unit(sd_bus &bus)
{
    constexpr std::uint32_t of_the_caller = 0;
    sd_bus_message *reply = nullptr;
    if (sd_bus_call_method(&bus, systemd, "/org/freedesktop/systemd1",
                           "org.freedesktop.systemd1.Manager", "GetUnitByPID", nullptr, &reply, "u",
                           of_the_caller) < 0)
        return {};
    const Owned<sd_bus_message> owned(reply);
    const char *path = nullptr;
    return sd_bus_message_read(reply, "o", &path) < 0 ? "" : path;
}

struct Job {
    std::uint32_t id = 0; // 0: there is none
    std::string path;
};

std::optional<Job> find_job(sd_bus &bus)
{
    const std::string unit = find_unit(bus);
    sd_bus_message *reply = nullptr;
    if (unit.empty() ||
        sd_bus_get_property(&bus, systemd, unit.c_str(), "org.freedesktop.systemd1.Unit", "Job",
                            nullptr, &reply, "(uo)") < 0)
        return std::nullopt;
    const Owned<sd_bus_message> owned(reply);
    std::uint32_t id = 0;
    const char *path = nullptr;
    if (sd_bus_message_read(reply, "(uo)", &id, &path) < 0)
        return std::nullopt;
    return Job{.id = id, .path = path};
}

} // namespace

std::optional<bool> is_being_restarted()
{
    const Owned<sd_bus> bus = open_bus();
    const auto job = bus ? find_job(*bus) : std::nullopt;
    if (!job || job->id == 0)
        return job ? std::optional(false) : std::nullopt;
    char *type = nullptr;
    if (sd_bus_get_property_string(bus.get(), systemd, job->path.c_str(),
                                   "org.freedesktop.systemd1.Job", "JobType", nullptr, &type) < 0)
        return std::nullopt;
    return std::string_view(Owned<char>(type).get()) == "restart";
}

} // namespace mitosis::daemon
