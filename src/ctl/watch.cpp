// SPDX-License-Identifier: GPL-2.0-only
#include "ctl/watch.hpp"

#include "stats/client.hpp"
#include "stats/protocol.hpp"

#include "ctl/client.hpp"
#include "ctl/commands.hpp"
#include "ctl/json.hpp"
#include "ctl/snapshot.hpp"
#include "ctl/text.hpp"

#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <format>
#include <ostream>
#include <string>

namespace mitosis::ctl {

namespace {

/// How long ago it was: signals say it only of what the scheduler noticed, which is told later.
std::chrono::microseconds age_of(const Happening &happening)
{
    if (happening.kind != Happening::Kind::scheduler_event)
        return std::chrono::microseconds::zero();
    const std::chrono::microseconds then(happening.event.monotonic_us);
    return std::chrono::floor<std::chrono::microseconds>(
               std::chrono::steady_clock::now().time_since_epoch()) -
           then;
}

std::string time_of_day(const Happening &happening)
{
    const auto then = std::chrono::floor<std::chrono::milliseconds>(
        std::chrono::system_clock::now() - age_of(happening));
    return std::format("{:%H:%M:%S}", std::chrono::zoned_time(std::chrono::current_zone(), then));
}

std::string line_of(const Happening &happening, const Options &options)
{
    return options.output == Output::json
               ? to_json(happening)
               : time_of_day(happening) + "  " + render_happening(happening);
}

/// Only tests have another one.
std::string statistics_socket()
{
    const char *const named = std::getenv("MITOSIS_STATS_SOCKET");
    return named == nullptr ? stats::socket_path : named;
}

} // namespace

Answer<void> watch(Client &client, const Options &options, std::ostream &out)
{
    std::uint64_t printed = 0;
    return client.watch([&](const Happening &happening) {
        out << line_of(happening, options) << std::flush;
        ++printed;
        return !out || printed == options.count ? Watching::done : Watching::on;
    });
}

void watch_statistics(const Options &options, std::ostream &out, std::ostream &notes)
{
    stats::monitor({.path = statistics_socket(),
                    .interval = std::chrono::duration<double>(options.interval_s),
                    .count = options.count,
                    .output = STDOUT_FILENO,
                    .note = [&](const std::string &text) { notes << text << '\n'; }},
                   out);
}

} // namespace mitosis::ctl
