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

std::string time_of_day()
{
    const auto now =
        std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    return std::format("{:%H:%M:%S}", std::chrono::zoned_time(std::chrono::current_zone(), now));
}

std::string line_of(const Happening &happening, const Options &options)
{
    return options.output == Output::json ? to_json(happening)
                                          : time_of_day() + "  " + render_happening(happening);
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
