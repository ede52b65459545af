// SPDX-License-Identifier: GPL-2.0-only
#include "simulation/loads.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <random>
#include <string>
#include <vector>

namespace mitosis::test {
namespace {

constexpr double root_load = 0.2;

Moment two(double a, double b)
{
    return {.demand = {root_load, a, b}};
}

Moment step(double now_s)
{
    return now_s < 30 ? two(2, 12) : two(12, 2);
}

Moment ramp(double now_s)
{
    const double way = std::clamp((now_s - 20) / 60, 0.0, 1.0);
    return two(1 + 12 * way, 13 - 12 * way);
}

Moment square(double now_s)
{
    return std::fmod(now_s, 8) < 4 ? two(12, 1) : two(1, 12);
}

/// It flips every so many ticks.
Scenario flipping(const std::string &name, double half_period_s)
{
    return {.name = name, .at = [half_period_s](double now_s) {
                // A tick's moment is a product, which may lie just below what it stands for.
                const auto flips = std::lround(std::floor(now_s / half_period_s + 1e-6));
                return flips % 2 == 0 ? two(12, 1) : two(1, 12);
            }};
}

Moment diurnal(double now_s)
{
    const double wave = std::sin(2 * std::numbers::pi * now_s / 60);
    return two(7 + 5 * wave, 7 - 5 * wave);
}

Moment bursty(double now_s)
{
    return std::fmod(now_s, 10) < 2 ? two(14, 4) : two(0, 4);
}

Moment cells(double now_s)
{
    const bool is_there = (now_s >= 30 && now_s < 60) || now_s >= 90;
    return {.demand = {root_load, 5, 5, is_there ? 5.0 : -1.0}};
}

/// Every second one cell goes and another comes, while the others' demands jump about.
Moment churn(double now_s)
{
    const auto second = static_cast<unsigned>(now_s);
    std::mt19937 random(second);
    const auto noisy = [&] { return 2 + static_cast<double>(random() % 7); };
    const double a = noisy();
    const double b = noisy();
    const bool is_odd = second % 2 == 1;
    return {.demand = {root_load, a, b, is_odd ? -1.0 : 3.0, is_odd ? 3.0 : -1.0}};
}

/// One position a second, drawn beforehand, so that all rules walk the same way.
std::vector<double> walk(unsigned seed, std::size_t seconds)
{
    std::mt19937 random(seed); // its numbers are the same everywhere; a distribution's are not
    std::vector<double> way{7};
    while (way.size() < seconds) {
        const double step = (random() % 2 == 0 ? 0.5 : -0.5);
        way.push_back(std::clamp(way.back() + step, 0.0, 14.0));
    }
    return way;
}

} // namespace

std::vector<Scenario> scenarios(double tick_s)
{
    const auto a = walk(1, 121);
    const auto b = walk(2, 121);
    const auto random_walk = [a, b](double now_s) {
        const auto second = static_cast<std::size_t>(now_s);
        return two(a[second], b[second]);
    };
    return {{.name = "step", .at = step},
            {.name = "ramp", .at = ramp},
            {.name = "square", .at = square},
            {.name = "walk", .at = random_walk},
            {.name = "diurnal", .at = diurnal},
            {.name = "bursty", .at = bursty},
            {.name = "cells", .at = cells, .cells_come_and_go = true},
            {.name = "churn", .at = churn, .cells_come_and_go = true},
            flipping("flips3", 3 * tick_s),
            flipping("flips5", 5 * tick_s)};
}

} // namespace mitosis::test
