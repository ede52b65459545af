// SPDX-License-Identifier: GPL-2.0-only
#include "core/manifest.hpp"

#include "core/assignment.hpp"
#include "core/cell_table.hpp"
#include "core/cpu_set.hpp"
#include "core/division.hpp"
#include "core/ids.hpp"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace mitosis {
namespace {

/// Another number for every change of what follows it.
constexpr std::uint64_t layout = 0x6d69746f73697301; // "mitosis", 1

class Writer {
public:
    void number(std::uint64_t value)
    {
        for (unsigned byte = 0; byte < sizeof value; ++byte)
            bytes_.push_back(static_cast<char>(value >> (8 * byte)));
    }
    void text(std::string_view text)
    {
        number(text.size());
        bytes_.append(text);
    }
    /// Of its words only those up to the last that is not 0.
    void cpus(const CpuSet &set)
    {
        const auto last = set.last();
        const std::size_t words = last ? *last / CpuSet::word_bits + 1 : 0;
        number(words);
        for (const CpuSet::Word word : std::span(set.words()).first(words))
            number(word);
    }
    template <class List, class Write> void list(const List &list, Write write)
    {
        number(list.size());
        for (const auto &entry : list)
            write(entry);
    }
    [[nodiscard]] std::string take() { return std::move(bytes_); }

private:
    std::string bytes_;
};

/// Once something did not fit, everything is 0 and it has failed.
class Reader {
public:
    explicit Reader(std::string_view bytes) : rest_(bytes) {}

    std::uint64_t number()
    {
        std::uint64_t value = 0;
        const std::string_view bytes = take(sizeof value);
        for (unsigned byte = 0; byte < bytes.size(); ++byte)
            value |= std::uint64_t{static_cast<unsigned char>(bytes[byte])} << (8 * byte);
        return value;
    }
    template <class Narrow> Narrow at_most(std::uint64_t highest)
    {
        const std::uint64_t value = number();
        failed_ |= value > highest;
        return static_cast<Narrow>(failed_ ? 0 : value);
    }
    std::string text() { return std::string(take(number())); }
    CpuSet cpus()
    {
        CpuSet set;
        const auto words = at_most<unsigned>(CpuSet::word_count);
        for (unsigned word = 0; word < words; ++word)
            for (std::uint64_t left = number(); left != 0; left &= left - 1)
                set.insert(word * CpuSet::word_bits +
                           static_cast<unsigned>(std::countr_zero(left)));
        return set;
    }
    template <class Read> auto list(Read read)
    {
        std::vector<std::invoke_result_t<Read>> list;
        // No entry is shorter than a byte, so a wrong count cannot ask for much memory.
        for (auto left = at_most<std::size_t>(rest_.size()); left > 0 && !failed_; --left)
            list.push_back(read());
        return list;
    }
    void fail() { failed_ = true; }
    [[nodiscard]] bool failed() const { return failed_; }
    [[nodiscard]] bool has_read_all() const { return !failed_ && rest_.empty(); }

private:
    std::string_view take(std::uint64_t count)
    {
        failed_ |= count > rest_.size();
        const std::string_view taken = rest_.substr(0, failed_ ? 0 : count);
        rest_.remove_prefix(taken.size());
        return taken;
    }

    std::string_view rest_;
    bool failed_ = false;
};

constexpr std::uint64_t max_id = UINT32_MAX;
constexpr std::uint64_t max_weight = 10'000;
constexpr std::uint64_t max_us = INT64_MAX / 1000; // fits into a time in ns

void write(const Cell &cell, Writer &to)
{
    to.number(index_of(cell.id));
    to.number(cell.instance);
    to.number(std::to_underlying(cell.cgroup));
    to.text(cell.path);
    to.number(cell.cpuset ? 1 : 0);
    to.cpus(cell.cpuset.value_or(CpuSet{}));
    to.number(cell.weight);
    to.number(cell.populated ? 1 : 0);
    to.number(static_cast<std::uint64_t>(cell.created_at.time_since_epoch().count()));
}

CellId read_id(Reader &from)
{
    return CellId{from.at_most<std::uint32_t>(max_id)};
}

Cell read_cell(Reader &from)
{
    Cell cell{};
    cell.id = read_id(from);
    cell.instance = from.number();
    cell.cgroup = CgroupId{from.number()};
    cell.path = from.text();
    const bool is_limited = from.at_most<bool>(1);
    const CpuSet cpuset = from.cpus();
    if (is_limited)
        cell.cpuset = cpuset;
    cell.weight = from.at_most<std::uint32_t>(max_weight);
    cell.populated = from.at_most<bool>(1);
    cell.created_at =
        Clock::time_point(Clock::duration(static_cast<Clock::duration::rep>(from.number())));
    return cell;
}

void write(const CellCpus &cell, Writer &to)
{
    to.number(index_of(cell.cell));
    to.cpus(cell.primary);
    to.cpus(cell.borrowable);
    to.number(static_cast<std::uint64_t>(cell.lend));
    to.number(cell.weight);
}

CellCpus read_cell_cpus(Reader &from)
{
    CellCpus cell{.cell = read_id(from), .primary = from.cpus(), .borrowable = from.cpus()};
    cell.lend = from.at_most<Lend>(static_cast<std::uint64_t>(Lend::any));
    cell.weight = from.at_most<std::uint32_t>(max_weight);
    return cell;
}

void write(const Unmet &unmet, Writer &to)
{
    to.number(index_of(unmet.cell));
    to.text(unmet.claim);
    to.number(unmet.got);
    to.text(unmet.why);
}

Unmet read_unmet(Reader &from)
{
    Unmet unmet{.cell = read_id(from), .claim = from.text(), .got = 0, .why = {}};
    unmet.got = from.at_most<unsigned>(max_cpus);
    unmet.why = from.text();
    return unmet;
}

template <class List, class Member> bool ascends(const List &list, Member member)
{
    return std::ranges::adjacent_find(list, std::ranges::greater_equal{}, member) == list.end();
}

template <class Member> bool differ(const std::vector<Cell> &cells, Member member)
{
    std::vector<std::uint64_t> values;
    std::ranges::transform(cells, std::back_inserter(values), [member](const Cell &cell) {
        return static_cast<std::uint64_t>(std::invoke(member, cell));
    });
    std::ranges::sort(values);
    return ascends(values, std::identity{});
}

bool are_sound(const std::vector<Cell> &cells, std::uint64_t next_instance)
{
    return !cells.empty() && cells.front().id == root_cell && cells.front().instance == 0 &&
           cells.front().cgroup == CgroupId{0} && ascends(cells, &Cell::id) &&
           differ(cells, &Cell::instance) && differ(cells, &Cell::cgroup) &&
           std::ranges::all_of(cells, [next_instance](const Cell &cell) {
               return cell.instance < next_instance && cell.weight > 0;
           });
}

bool is_sound(const Assignment &applied, const std::vector<Cell> &cells)
{
    const auto is_known = [&cells](CellId id) {
        return std::ranges::binary_search(cells, id, {}, &Cell::id);
    };
    CpuSet owned;
    for (const CellCpus &cell : applied.cells) {
        if (!is_known(cell.cell) || cell.primary.intersects(owned) || cell.weight == 0)
            return false;
        owned |= cell.primary;
    }
    return !applied.cells.empty() && applied.cells.front().cell == root_cell &&
           ascends(applied.cells, &CellCpus::cell) && std::ranges::all_of(applied.pooled, is_known);
}

bool is_sound(const Manifest &manifest)
{
    return manifest.generation > 0 && are_sound(manifest.cells, manifest.next_instance) &&
           is_sound(manifest.applied, manifest.cells);
}

Identity read_identity(Reader &from)
{
    Identity identity;
    identity.object = from.number();
    identity.options = from.number();
    identity.machine = from.number();
    identity.settings = from.number();
    return identity;
}

} // namespace

std::string encode(const Manifest &manifest)
{
    Writer to;
    const Identity &identity = manifest.identity;
    for (const std::uint64_t number :
         {layout, identity.object, identity.options, identity.machine, identity.settings,
          manifest.attached_realtime_us, manifest.attached_monotonic_us, manifest.generation,
          manifest.next_instance})
        to.number(number);
    to.list(manifest.cells, [&to](const Cell &cell) { write(cell, to); });
    to.list(manifest.applied.cells, [&to](const CellCpus &cell) { write(cell, to); });
    to.list(manifest.applied.pooled, [&to](CellId id) { to.number(index_of(id)); });
    to.list(manifest.unmet, [&to](const Unmet &unmet) { write(unmet, to); });
    return to.take();
}

std::optional<Manifest> decode(std::string_view bytes)
{
    Reader from(bytes);
    if (from.number() != layout)
        return std::nullopt;
    Manifest manifest{.identity = read_identity(from)};
    manifest.attached_realtime_us = from.at_most<std::uint64_t>(max_us);
    manifest.attached_monotonic_us = from.at_most<std::uint64_t>(max_us);
    manifest.generation = from.number();
    manifest.next_instance = from.number();
    manifest.cells = from.list([&from] { return read_cell(from); });
    manifest.applied.cells = from.list([&from] { return read_cell_cpus(from); });
    manifest.applied.pooled = from.list([&from] { return read_id(from); });
    manifest.unmet = from.list([&from] { return read_unmet(from); });
    return from.has_read_all() && is_sound(manifest) ? std::optional(std::move(manifest))
                                                     : std::nullopt;
}

std::optional<std::string_view> mismatch(const Identity &kept, const Identity &wanted)
{
    if (kept.object != wanted.object)
        return "it is another version's";
    if (kept.options != wanted.options)
        return "it was loaded with other settings";
    if (kept.machine != wanted.machine)
        return "the machine has other CPUs now";
    return std::nullopt;
}

} // namespace mitosis
