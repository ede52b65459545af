// SPDX-License-Identifier: GPL-2.0-only
#include "core/cell_table.hpp"
#include "core/cgroup_scan.hpp"
#include "core/ids.hpp"
#include "core/kernel_event.hpp"
#include "daemon/log.hpp"
#include "daemon/pin_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace mitosis::daemon {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::Field;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr std::chrono::seconds pause{60};

CgroupEntry child(std::uint64_t id, const std::string &path)
{
    return {.id = CgroupId{id}, .path = path, .cpuset = {}};
}

KernelEvent told(KernelEvent::Kind kind, unsigned cell, std::uint32_t pid = 7)
{
    return {.kind = kind,
            .at_ns = 1,
            .cgroup = CgroupId{11},
            .pid = pid,
            .cell = CellId{cell},
            .cpu = 0};
}

class PinLogOfTwoCells : public testing::Test {
protected:
    PinLogOfTwoCells() { set({child(11, "/apps/web"), child(12, "/apps/db")}); }

    void set(const std::vector<CgroupEntry> &children)
    {
        cells_.reconcile({.parent_present = true, .children = children}, now_);
        cells_.release(std::vector<CellId>(cells_.retired().begin(), cells_.retired().end()));
    }
    /// So many affinities of tasks of the cell.
    std::vector<LogRecord> pin(unsigned cell, std::size_t count = 1)
    {
        return log_.take(std::vector(count, told(KernelEvent::Kind::pin, cell)), cells_, now_);
    }

    Clock::time_point now_{std::chrono::hours(1)};
    CellTable cells_{8};
    PinLog log_{pause};
};

TEST_F(PinLogOfTwoCells, NamesTheTaskAndItsCell)
{
    const auto records = pin(1);
    ASSERT_THAT(records, SizeIs(1));
    EXPECT_EQ(records[0].message, "Task 7 may use several CPUs, but not all of cell 1 for cgroup " +
                                      cells_.find(CellId{1})->path +
                                      ", and shares no queue with the others of the cell");
    EXPECT_THAT(records[0].fields,
                ElementsAre(Field(&mitosis::daemon::Field::value, "1"),
                            Field(&mitosis::daemon::Field::value, cells_.find(CellId{1})->path)));
}

TEST_F(PinLogOfTwoCells, HasOneLineForEachCellInAWhile)
{
    EXPECT_THAT(pin(1, 40), SizeIs(1));
    EXPECT_THAT(pin(2, 40), SizeIs(1));
    now_ += pause - std::chrono::seconds(1);
    EXPECT_THAT(pin(1), IsEmpty());
    now_ += std::chrono::seconds(1);
    EXPECT_THAT(pin(1), SizeIs(1));
}

TEST_F(PinLogOfTwoCells, CountsThoseThatHadNoLine)
{
    (void)pin(1, 40);
    now_ += pause;
    EXPECT_THAT(pin(1, 2), ElementsAre(Field(&LogRecord::message,
                                             EndsWith("; 39 more such since the last one told"))));
    now_ += pause;
    EXPECT_THAT(pin(1), ElementsAre(Field(&LogRecord::message,
                                          EndsWith("; 1 more such since the last one told"))));
    now_ += pause;
    EXPECT_THAT(pin(1), ElementsAre(Field(&LogRecord::message, Not(EndsWith("told")))));
}

TEST_F(PinLogOfTwoCells, BeginsAnewWithACellThatGotTheIdOfOneThatWent)
{
    (void)pin(1, 3);
    set({});
    set({child(21, "/apps/new")});
    EXPECT_THAT(pin(1), ElementsAre(Field(&LogRecord::message,
                                          EndsWith("cgroup /apps/new, and shares no queue with the "
                                                   "others of the cell"))));
}

TEST_F(PinLogOfTwoCells, TellsOfACellThatIsGone)
{
    set({});
    EXPECT_THAT(pin(2), ElementsAre(Field(&LogRecord::message,
                                          testing::HasSubstr("not all of cell 2, and"))));
}

TEST_F(PinLogOfTwoCells, LeavesOtherEventsAlone)
{
    EXPECT_THAT(
        log_.take(std::vector{told(KernelEvent::Kind::task, 1), told(KernelEvent::Kind::cpuset, 0)},
                  cells_, now_),
        IsEmpty());
}

} // namespace
} // namespace mitosis::daemon
