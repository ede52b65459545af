// SPDX-License-Identifier: GPL-2.0-only
// How long a decision takes and how often it allocates, from 8 CPUs to 8192 and 1 cell to 1024.
#include "benchmark/machine.hpp"

#include "core/decide.hpp"
#include "core/event.hpp"
#include "support/count_allocations.hpp"

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <utility>

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
    bench->ArgNames({"cpus", "cells"})->Unit(benchmark::kMicrosecond)->MinTime(0.05);
}

BENCHMARK(quiet_tick)->Apply(sizes);
BENCHMARK(division)->Apply(sizes);

} // namespace
} // namespace mitosis::test

BENCHMARK_MAIN();
