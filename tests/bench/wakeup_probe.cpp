// SPDX-License-Identifier: GPL-2.0-only
// Threads that sleep until fixed times and look how late they wake, and how much of that was
// waiting for a CPU (/proc/.../schedstat). Prints one JSON object; all times in it are in
// nanoseconds.
#include "bench/lateness.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <time.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

namespace mitosis::bench {
namespace {

using std::chrono::nanoseconds;

struct Plan {
    unsigned threads = 2;
    unsigned wakeups = 1200;
    std::chrono::microseconds period{2000};
};

struct Outcome {
    std::vector<nanoseconds> lateness;
    nanoseconds run_delay{0};
    std::exception_ptr failure;
};

nanoseconds read_clock()
{
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return std::chrono::seconds{now.tv_sec} + nanoseconds{now.tv_nsec};
}

void sleep_until(nanoseconds when)
{
    constexpr nanoseconds second = std::chrono::seconds{1};
    const timespec until{.tv_sec = when / second, .tv_nsec = (when % second).count()};
    while (const int error = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr))
        if (error != EINTR)
            throw std::system_error{error, std::generic_category(), "clock_nanosleep"};
}

nanoseconds read_run_delay()
{
    std::ifstream file{"/proc/thread-self/schedstat"};
    std::string text;
    std::getline(file, text);
    const auto delay = parse_run_delay(text);
    if (!delay)
        throw std::runtime_error{"no run delay in /proc/thread-self/schedstat: '" + text + "'"};
    return *delay;
}

/// Fills the outcome's vector, which has its size already: nothing is allocated while it is timed.
void measure(const Plan &plan, Outcome &outcome)
{
    const nanoseconds delay_before = read_run_delay();
    nanoseconds when = read_clock();
    for (nanoseconds &late : outcome.lateness) {
        when += plan.period;
        sleep_until(when);
        late = read_clock() - when;
    }
    outcome.run_delay = read_run_delay() - delay_before;
}

void measure_or_fail(const Plan &plan, Outcome &outcome)
{
    try {
        measure(plan, outcome);
    } catch (const std::exception &) {
        outcome.failure = std::current_exception();
    }
}

/// Ends when every thread has.
void run_threads(const Plan &plan, std::vector<Outcome> &outcomes)
{
    std::vector<std::jthread> threads;
    for (Outcome &outcome : outcomes)
        threads.emplace_back([&plan, &outcome] { measure_or_fail(plan, outcome); });
}

std::vector<Outcome> run(const Plan &plan)
{
    std::vector<Outcome> outcomes(plan.threads);
    for (Outcome &outcome : outcomes)
        outcome.lateness.resize(plan.wakeups);
    run_threads(plan, outcomes);
    return outcomes;
}

nlohmann::json report(const std::vector<Outcome> &outcomes)
{
    std::vector<nanoseconds> all;
    nanoseconds run_delay{0};
    for (const Outcome &outcome : outcomes) {
        if (outcome.failure)
            std::rethrow_exception(outcome.failure);
        all.insert(all.end(), outcome.lateness.begin(), outcome.lateness.end());
        run_delay += outcome.run_delay;
    }
    const auto lateness = summarise(all).value();
    const auto wakeups = static_cast<double>(all.size());
    return {{"wakeups", all.size()},
            {"run_delay_per_wakeup", static_cast<double>(run_delay.count()) / wakeups},
            {"p50", lateness.p50.count()},
            {"p99", lateness.p99.count()},
            {"max", lateness.max.count()}};
}

} // namespace
} // namespace mitosis::bench

int main(int argc, char **argv)
{
    using namespace mitosis::bench;
    Plan plan;
    unsigned period_us = 2000;
    CLI::App app{"Measures how late threads wake from sleeps until fixed times."};
    app.add_option("--threads", plan.threads, "threads")->check(CLI::Range(1, 1024));
    app.add_option("--wakeups", plan.wakeups, "wakeups of each")->check(CLI::Range(1, 10'000'000));
    app.add_option("--period-us", period_us, "time between two of them")
        ->check(CLI::Range(10, 10'000'000));
    CLI11_PARSE(app, argc, argv);
    plan.period = std::chrono::microseconds{period_us};
    try {
        std::cout << report(run(plan)).dump() << '\n';
        return EXIT_SUCCESS;
    } catch (const std::exception &error) {
        std::cerr << "wakeup-probe: " << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
