// SPDX-License-Identifier: GPL-2.0-only
// Shapes: the ways in which CPUs make up a machine, even or not: cores of one or two threads in
// LLCs of any size, those in NUMA nodes of any size, numbered in one of the usual ways.
#pragma once

#include "core/topology.hpp"

#include <rapidcheck.h>

#include <ostream>
#include <vector>

namespace mitosis::test {

/// What a core is the first one of; a node begins with an LLC.
enum class Begins { nothing, llc, node };

struct Core {
    unsigned threads = 1;
    Begins begins = Begins::nothing;
};

/// In which order CPUs have their numbers.
enum class Numbering {
    core_by_core,     // SMT siblings are neighbours
    thread_by_thread, // all first siblings, then all second ones
    in_turn,          // the LLCs take turns
};

struct Shape {
    std::vector<Core> cores; // the first begins a node, whatever it says
    Numbering numbering = Numbering::core_by_core;
    [[nodiscard]] unsigned cpu_count() const;
    [[nodiscard]] Topology machine() const;
};
/// "2 1 | 2 / 1": threads of cores, `|` before an LLC, `/` before a node.
std::ostream &operator<<(std::ostream &out, const Shape &shape);

/// LLCs of equal size in one node.
[[nodiscard]] Shape regular(unsigned llcs, unsigned cores_per_llc, unsigned smt);

/// Any shape of at most so many CPUs.
[[nodiscard]] rc::Gen<Shape> shapes(unsigned most_cpus);

/// One of each that differs by more than the order of its parts, numbered core by core.
[[nodiscard]] std::vector<Shape> all_shapes(unsigned most_cpus);

} // namespace mitosis::test
