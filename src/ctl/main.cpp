// SPDX-License-Identifier: GPL-2.0-only
// mitosisctl: looks at scx-mitosis.service and tells it what to do. See mitosisctl(1).
#include "version.hpp"

#include "ctl/arguments.hpp"
#include "ctl/client.hpp"
#include "ctl/commands.hpp"
#include "ctl/failure.hpp"
#include "ctl/machine.hpp"
#include "ctl/plan_command.hpp"
#include "ctl/text.hpp"
#include "ctl/top.hpp"
#include "ctl/watch.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>

namespace {

using namespace mitosis::ctl;

/// 0 where it is none.
std::size_t width_of_terminal()
{
    winsize size{};
    return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? std::size_t{size.ws_col} : 0;
}

Look look_of_now()
{
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    const bool wants_color = ::isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
    return {.now_monotonic_us = static_cast<std::uint64_t>(
                std::chrono::duration_cast<std::chrono::microseconds>(now).count()),
            .style = wants_color ? Style::colored : Style::plain,
            .width = width_of_terminal()};
}

int end_with(const Failure &failure)
{
    const Failure explained = with_kernel_view(failure, read_attached());
    std::cerr << "mitosisctl: " << explained.message << '\n';
    return static_cast<int>(explained.status);
}

int end_with(const Answer<void> &answer)
{
    return answer ? static_cast<int>(ExitStatus::success) : end_with(answer.error());
}

/// Where something is to be changed and somebody sits there to be asked for a password.
Prompt prompt_for(const Options &options)
{
    const Command command = options.command;
    const bool changes = command == Command::rebalance || command == Command::set ||
                         command == Command::reset || command == Command::reload;
    const bool asks = changes && options.asks_password && ::isatty(STDIN_FILENO) == 1;
    return asks ? Prompt::allowed : Prompt::refused;
}

int run_plan_command(const Options &options)
{
    PlanOptions plan = options.plan;
    plan.format = options.output == Output::json ? PlanFormat::json : PlanFormat::text;
    const auto text = run_plan(plan);
    if (!text)
        return end_with(text.error());
    std::cout << *text << std::flush;
    return static_cast<int>(std::cout ? ExitStatus::success : ExitStatus::failure);
}

int run_once(Answer<Client> &client, const Options &options)
{
    const auto printed = run(client, options);
    if (!printed)
        return end_with(printed.error());
    std::cout << printed->text << std::flush;
    return static_cast<int>(std::cout ? printed->status : ExitStatus::failure);
}

int run_command(const Options &options)
{
    if (options.command == Command::monitor && options.wants_upstream_format) {
        watch_statistics(options, std::cout, std::cerr);
        return static_cast<int>(ExitStatus::success);
    }
    if (options.command == Command::plan)
        return run_plan_command(options);
    auto client = Client::open(prompt_for(options));
    if (!client && options.command != Command::doctor)
        return end_with(client.error());
    if (options.command == Command::monitor)
        return end_with(watch(*client, options, std::cout));
    if (options.command == Command::top)
        return end_with(show_top(*client, options, std::cout));
    return run_once(client, options);
}

} // namespace

int main(int argc, char **argv)
{
    auto options = parse_arguments(argc, argv, std::string(version));
    if (!options)
        return options.error();
    options->look = look_of_now();
    return run_command(*options);
}
