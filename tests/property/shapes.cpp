// SPDX-License-Identifier: GPL-2.0-only
#include "property/shapes.hpp"

#include "core/topology.hpp"

#include <rapidcheck.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <ostream>
#include <tuple>
#include <vector>

namespace mitosis::test {
namespace {

/// Where a CPU sits, before it has a number.
struct Seat {
    CpuPlace place;
    unsigned thread;   // of its core
    unsigned position; // in its LLC
};

std::vector<Seat> seats_of(const Shape &shape)
{
    std::vector<Seat> seats;
    CpuPlace place{.cpu = 0, .core = 0, .llc = 0, .node = 0};
    unsigned position = 0;
    for (const Core &core : shape.cores) {
        const Begins begins = seats.empty() ? Begins::nothing : core.begins;
        place.llc += begins != Begins::nothing ? 1 : 0;
        place.node += begins == Begins::node ? 1 : 0;
        position = begins != Begins::nothing ? 0 : position;
        for (unsigned thread = 0; thread < core.threads; ++thread)
            seats.push_back({.place = place, .thread = thread, .position = position++});
        ++place.core;
    }
    return seats;
}

std::tuple<unsigned, unsigned> rank(const Seat &seat, Numbering numbering)
{
    switch (numbering) {
    case Numbering::thread_by_thread:
        return {seat.thread, seat.place.core};
    case Numbering::in_turn:
        return {seat.position, seat.place.llc};
    case Numbering::core_by_core:
        break;
    }
    return {seat.place.core, seat.thread};
}

const char *name(Numbering numbering)
{
    switch (numbering) {
    case Numbering::thread_by_thread:
        return "thread by thread";
    case Numbering::in_turn:
        return "LLCs in turn";
    case Numbering::core_by_core:
        break;
    }
    return "core by core";
}

Shape cut(Shape shape, unsigned most_cpus)
{
    unsigned left = most_cpus;
    for (Core &core : shape.cores) {
        core.threads = std::min(core.threads, left);
        left -= core.threads;
    }
    std::erase_if(shape.cores, [](const Core &core) { return core.threads == 0; });
    return shape;
}

using Llc = std::vector<unsigned>; // threads by core
using Node = std::vector<Llc>;

std::vector<Node> nodes_of(const Shape &shape)
{
    std::vector<Node> nodes;
    for (const Core &core : shape.cores) {
        if (nodes.empty() || core.begins == Begins::node)
            nodes.emplace_back();
        if (nodes.back().empty() || core.begins != Begins::nothing)
            nodes.back().emplace_back();
        nodes.back().back().push_back(core.threads);
    }
    return nodes;
}

template <class Parts> bool descends(const Parts &parts)
{
    return std::ranges::is_sorted(parts, std::greater{});
}

/// Of the shapes that differ only by the order of their parts, the one with the largest first.
bool is_in_order(const Shape &shape)
{
    const std::vector<Node> nodes = nodes_of(shape);
    return descends(nodes) && std::ranges::all_of(nodes, [](const Node &node) {
               return descends(node) && std::ranges::all_of(node, descends<Llc>);
           });
}

void extend(const Shape &shape, unsigned left, std::vector<Shape> &all)
{
    if (!shape.cores.empty() && is_in_order(shape))
        all.push_back(shape);
    for (const unsigned threads : {1U, 2U})
        for (const Begins begins : {Begins::nothing, Begins::llc, Begins::node}) {
            if (threads > left || (shape.cores.empty() && begins != Begins::node))
                continue;
            Shape longer = shape;
            longer.cores.push_back({.threads = threads, .begins = begins});
            extend(longer, left - threads, all);
        }
}

} // namespace

unsigned Shape::cpu_count() const
{
    unsigned count = 0;
    for (const Core &core : cores)
        count += core.threads;
    return count;
}

Topology Shape::machine() const
{
    std::vector<Seat> seats = seats_of(*this);
    std::ranges::sort(seats, {}, [this](const Seat &seat) { return rank(seat, numbering); });
    std::vector<CpuPlace> places;
    places.reserve(seats.size());
    for (const Seat &seat : seats) {
        places.push_back(seat.place);
        places.back().cpu = static_cast<unsigned>(places.size()) - 1;
    }
    return Topology::from_places(places).value();
}

std::ostream &operator<<(std::ostream &out, const Shape &shape)
{
    for (std::size_t index = 0; index < shape.cores.size(); ++index) {
        const auto &[threads, begins] = shape.cores[index];
        if (index > 0 && begins != Begins::nothing)
            out << (begins == Begins::node ? "/ " : "| ");
        out << threads << ' ';
    }
    return out << "threads, numbered " << name(shape.numbering);
}

Shape regular(unsigned llcs, unsigned cores_per_llc, unsigned smt)
{
    Shape shape;
    for (unsigned core = 0; core < llcs * cores_per_llc; ++core)
        shape.cores.push_back(
            {.threads = smt, .begins = core % cores_per_llc == 0 ? Begins::llc : Begins::nothing});
    return shape;
}

rc::Gen<Shape> shapes(unsigned most_cpus)
{
    const auto core = rc::gen::build<Core>(
        rc::gen::set(&Core::threads, rc::gen::inRange(1U, 3U)),
        rc::gen::set(&Core::begins, rc::gen::element(Begins::nothing, Begins::nothing, Begins::llc,
                                                     Begins::node)));
    const auto shape = rc::gen::build<Shape>(
        rc::gen::set(&Shape::cores, rc::gen::container<std::vector<Core>>(most_cpus, core)),
        rc::gen::set(&Shape::numbering,
                     rc::gen::element(Numbering::core_by_core, Numbering::thread_by_thread,
                                      Numbering::in_turn)));
    return rc::gen::apply(cut, shape, rc::gen::inRange(1U, most_cpus + 1));
}

std::vector<Shape> all_shapes(unsigned most_cpus)
{
    std::vector<Shape> all;
    extend({}, most_cpus, all);
    return all;
}

} // namespace mitosis::test
