// SPDX-License-Identifier: GPL-2.0-only
// How long a decision takes and how often it allocates, from 8 CPUs to 8192 and 1 cell to 1024. A
// quiet tick that allocates is an error, and then the exit status is 1.
#include "benchmark/machine.hpp"

#include "core/decide.hpp"
#include "core/event.hpp"
#include "support/count_allocations.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace mitosis::test {
namespace {

enum class Kind { quiet, division };

void measure(benchmark::State &state, Kind kind)
{
    RunningMachine machine(static_cast<unsigned>(state.range(0)),
                           static_cast<std::uint32_t>(state.range(1)));
    for (int warm_up = 0; warm_up < 3; ++warm_up)
        machine.decide_on(machine.next_tick());
    std::size_t allocated = 0;
    for ([[maybe_unused]] const auto each : state) {
        state.PauseTiming();
        Inputs inputs = machine.next_tick();
        if (kind == Kind::division)
            inputs.trigger = Trigger::hotplug;
        const std::size_t before = allocations();
        state.ResumeTiming();
        machine.decide_on(std::move(inputs));
        state.PauseTiming();
        allocated += allocations() - before;
        state.ResumeTiming();
    }
    if (kind == Kind::quiet && allocated > 0)
        state.SkipWithError("a quiet tick allocated");
    state.counters["allocations"] =
        benchmark::Counter(static_cast<double>(allocated), benchmark::Counter::kAvgIterations);
}

void quiet_tick(benchmark::State &state)
{
    measure(state, Kind::quiet);
}

void division(benchmark::State &state)
{
    measure(state, Kind::division);
}

void sizes(benchmark::internal::Benchmark *bench)
{
    for (const int cpus : {8, 64, 512, 8192})
        for (const int cells : {1, 32, 1024})
            bench->Args({cpus, cells});
    bench->ArgNames({"cpus", "cells"})->Unit(benchmark::kMicrosecond);
}

BENCHMARK(quiet_tick)->Apply(sizes);
BENCHMARK(division)->Apply(sizes);

class Reporter final : public benchmark::ConsoleReporter {
public:
    void ReportRuns(const std::vector<Run> &runs) override // NOLINT(readability-identifier-naming)
    {
        ConsoleReporter::ReportRuns(runs);
        has_failed_ |=
            std::ranges::contains(runs, benchmark::internal::SkippedWithError, &Run::skipped);
    }
    [[nodiscard]] bool has_failed() const { return has_failed_; }

private:
    bool has_failed_ = false;
};

} // namespace
} // namespace mitosis::test

int main(int argc, char **argv)
{
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv))
        return 2;
    mitosis::test::Reporter reporter;
    const bool has_run = benchmark::RunSpecifiedBenchmarks(&reporter) > 0;
    benchmark::Shutdown();
    return has_run && !reporter.has_failed() ? 0 : 1;
}
