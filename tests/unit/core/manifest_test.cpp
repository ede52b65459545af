// SPDX-License-Identifier: GPL-2.0-only
#include "core/assignment.hpp"
#include "core/cell_table.hpp"
#include "core/cpu_set.hpp"
#include "core/ids.hpp"
#include "core/manifest.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mitosis {
namespace {

Cell make_cell(std::uint32_t id, const std::string &path)
{
    return {.id = CellId{id},
            .instance = id == 0 ? 0 : id + 10U,
            .cgroup = CgroupId{id == 0 ? 0 : id + 100U},
            .path = path,
            .cpuset = {},
            .weight = 100,
            .populated = true,
            .created_at = Clock::time_point(std::chrono::nanoseconds(id))};
}

Manifest make_manifest()
{
    Manifest manifest{.identity = {.object = 1, .options = 2, .machine = 3, .settings = 4},
                      .attached_realtime_us = 5,
                      .attached_monotonic_us = 6,
                      .generation = 7,
                      .next_instance = 20};
    manifest.cells = {make_cell(0, "/"), make_cell(1, "/a"), make_cell(4, "/b")};
    manifest.cells[2].cpuset = CpuSet{0, 63, 64, max_cpus - 1};
    manifest.cells[2].weight = 10'000;
    manifest.cells[2].populated = false;
    manifest.applied.cells = {
        {.cell = root_cell, .primary = {0, 1}, .borrowable = {2}},
        {.cell = CellId{1}, .primary = {2}, .borrowable = {}, .lend = Lend::idle_cores},
        {.cell = CellId{4}, .primary = {}, .borrowable = {}, .lend = Lend::any, .weight = 3}};
    manifest.applied.pooled = {CellId{4}};
    manifest.unmet = {{.cell = CellId{4}, .claim = "a CPU", .got = 0, .why = "none is left"}};
    return manifest;
}

TEST(AManifest, ComesBackAsItWas)
{
    EXPECT_EQ(decode(encode(make_manifest())), make_manifest());
}

TEST(AManifest, IsNoneWhenItsEndIsMissingOrSomethingFollows)
{
    const std::string whole = encode(make_manifest());
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_FALSE(decode(std::string_view(whole).substr(0, size))) << size;
    EXPECT_FALSE(decode(whole + '\0'));
}

/// A flipped bit may make another manifest, but a sound one: what it encodes to is itself.
TEST(AManifest, IsSoundOrNoneWithAnyBitFlipped)
{
    const std::string whole = encode(make_manifest());
    for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
        std::string other = whole;
        other[bit / 8] = static_cast<char>(other[bit / 8] ^ (1 << (bit % 8)));
        if (const auto manifest = decode(other)) {
            EXPECT_EQ(decode(encode(*manifest)), manifest) << bit;
            EXPECT_EQ(manifest->cells.front().id, root_cell) << bit;
        }
    }
}

TEST(AManifest, OfAnotherLayoutIsNone)
{
    std::string other = encode(make_manifest());
    ++other.front();
    EXPECT_FALSE(decode(other));
}

/// What `spoil` makes of a sound one.
bool is_taken(const std::function<void(Manifest &)> &spoil)
{
    Manifest manifest = make_manifest();
    spoil(manifest);
    return decode(encode(manifest)).has_value();
}

TEST(AManifest, IsNoneWithoutEveryCellBeingAnotherOne)
{
    EXPECT_TRUE(is_taken([](Manifest &) {}));
    EXPECT_FALSE(is_taken([](Manifest &m) { m.cells.clear(); }));
    EXPECT_FALSE(is_taken([](Manifest &m) { m.cells.erase(m.cells.begin()); }));
    EXPECT_FALSE(is_taken([](Manifest &m) { m.cells[2].id = m.cells[1].id; }));
    EXPECT_FALSE(is_taken([](Manifest &m) { m.cells[2].cgroup = m.cells[1].cgroup; }));
    EXPECT_FALSE(is_taken([](Manifest &m) { m.cells[2].cgroup = CgroupId{0}; }));
    EXPECT_FALSE(is_taken([](Manifest &m) { m.cells[2].instance = m.cells[1].instance; }));
    EXPECT_FALSE(is_taken([](Manifest &m) { m.next_instance = m.cells[2].instance; }));
    EXPECT_FALSE(is_taken([](Manifest &m) { m.cells[0].cgroup = CgroupId{1}; }));
    EXPECT_FALSE(is_taken([](Manifest &m) { m.cells[0].instance = 1; }));
    EXPECT_FALSE(is_taken([](Manifest &m) { m.cells[1].weight = 0; }));
    EXPECT_FALSE(is_taken([](Manifest &m) { m.cells[1].weight = 10'001; }));
}

TEST(AManifest, IsNoneWithoutEveryCpuHavingOneOwner)
{
    EXPECT_FALSE(is_taken([](Manifest &m) { m.applied.cells[1].primary = {1}; }));
    EXPECT_FALSE(is_taken([](Manifest &m) { m.applied.cells[1].cell = CellId{2}; }));
    EXPECT_FALSE(is_taken([](Manifest &m) { m.applied.cells[2].cell = CellId{1}; }));
    EXPECT_FALSE(is_taken([](Manifest &m) { m.applied.cells.erase(m.applied.cells.begin()); }));
    EXPECT_FALSE(is_taken([](Manifest &m) { m.applied.cells.clear(); }));
    EXPECT_FALSE(is_taken([](Manifest &m) { m.applied.pooled = {CellId{2}}; }));
    EXPECT_FALSE(is_taken([](Manifest &m) { m.applied.cells[1].weight = 0; }));
    EXPECT_FALSE(is_taken([](Manifest &m) { m.generation = 0; }));
}

TEST(AManifest, IsNoneWithATimeThatIsNone)
{
    EXPECT_FALSE(is_taken([](Manifest &m) { m.attached_realtime_us = INT64_MAX; }));
    EXPECT_FALSE(is_taken([](Manifest &m) { m.attached_monotonic_us = INT64_MAX; }));
}

TEST(AnIdentity, FitsUnlessSomethingDiffersThatIsFixedAtTheLoad)
{
    const Identity kept = make_manifest().identity;
    Identity wanted = kept;
    wanted.settings = 40;
    EXPECT_FALSE(mismatch(kept, wanted));
    for (const auto member : {&Identity::object, &Identity::options, &Identity::machine}) {
        Identity other = kept;
        other.*member = 40;
        EXPECT_TRUE(mismatch(kept, other));
    }
}

} // namespace
} // namespace mitosis
