// SPDX-License-Identifier: GPL-2.0-only
// Settings from the bus: all of them or none, with a reason that can be acted on, until reset.
#include "fake_machine.hpp"

#include "core/assignment.hpp"
#include "core/error.hpp"
#include "core/ids.hpp"
#include "core/refusal.hpp"
#include "core/setting_value.hpp"
#include "core/shift.hpp"
#include "daemon/exit_status.hpp"
#include "engine/ports.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <system_error>
#include <vector>

namespace mitosis::daemon {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

using Settings = std::map<std::string, SettingValue>;
using Outcome = Result<engine::ReconfigureOutcome>;

const SettingValue only_a = std::vector<std::string>{"b"}; // of cell-exclude

class AReconfiguration : public testing::Test {
protected:
    AReconfiguration()
    {
        machine_.make_cgroup("/apps.slice/a");
        machine_.make_cgroup("/apps.slice/b");
    }

    /// Runs the daemon, does this once it is ready, and ends it.
    void when_ready(const std::function<void()> &act)
    {
        const auto ready = [this] { return machine_.was_told("READY=1"); };
        const auto act_and_end = [&] {
            act();
            terminate();
        };
        EXPECT_EQ(machine_.run({{ready, act_and_end}}), ExitStatus::stopped);
    }
    Outcome reconfigure(const Settings &settings, engine::ReconfigureRequest request = {})
    {
        request.settings = settings;
        return machine_.control().reconfigure(request);
    }
    /// ConfigGeneration as a caller sees it.
    std::uint64_t generation()
    {
        return machine_.control().reset(std::vector<std::string>{"log-level"})->generation;
    }
    [[nodiscard]] std::size_t cells() const { return machine_.kernel.applied.back().cells.size(); }
    /// Whether the cells have their CPUs used by others, and use others' CPUs.
    [[nodiscard]] bool lends() const
    {
        const CellCpus &cell = *machine_.kernel.applied.back().find(CellId{1});
        EXPECT_EQ(cell.lend == Lend::none, cell.borrowable.empty());
        return cell.lend != Lend::none;
    }

    FakeMachine machine_;
};

void expect_refused(const Outcome &outcome, Refusal refusal, const std::string &sentence)
{
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, make_error_code(refusal));
    EXPECT_THAT(outcome.error().context, HasSubstr(sentence));
}

TEST_F(AReconfiguration, IsAppliedBeforeItIsAnswered)
{
    when_ready([this] {
        EXPECT_EQ(cells(), 3U);
        const auto outcome = reconfigure({{"cell-exclude", only_a}});
        ASSERT_TRUE(outcome) << to_string(outcome.error());
        EXPECT_THAT(outcome->changed, ElementsAre("cell-exclude"));
        EXPECT_EQ(cells(), 2U);
    });
}

TEST_F(AReconfiguration, IsOneMoreGenerationThoughNoCpuMoves)
{
    when_ready([this] {
        const auto before = generation();
        const auto applied = machine_.kernel.applied.size();
        EXPECT_EQ(reconfigure({{"monitor-interval-s", 2.0}})->generation, before + 1);
        EXPECT_EQ(machine_.kernel.applied.size(), applied + 1);
        EXPECT_EQ(generation(), before + 1);
    });
}

TEST_F(AReconfiguration, ThatChangesNothingIsNoGeneration)
{
    when_ready([this] {
        const auto before = generation();
        const auto outcome = reconfigure({{"monitor-interval-s", 0.05}});
        EXPECT_EQ(outcome->generation, before);
        EXPECT_THAT(outcome->changed, IsEmpty());
    });
}

TEST_F(AReconfiguration, InADryRunOnlySaysWhatWouldChange)
{
    when_ready([this] {
        const auto before = generation();
        const auto outcome =
            reconfigure({{"cell-exclude", only_a}}, {.settings = {}, .dry_run = true});
        EXPECT_EQ(outcome->generation, before + 1);
        EXPECT_THAT(outcome->changed, ElementsAre("cell-exclude"));
        EXPECT_EQ(generation(), before);
        EXPECT_EQ(cells(), 3U);
    });
}

TEST_F(AReconfiguration, DoesToTheCellsWhatItsDryRunSaid)
{
    when_ready([this] {
        const Settings settings{{"cell-exclude", only_a}};
        const auto planned = reconfigure(settings, {.settings = {}, .dry_run = true})->shifts;
        // The cell of b, which is the last one, leaves its CPUs to the others.
        ASSERT_THAT(planned, SizeIs(3));
        EXPECT_TRUE(planned[2].gained.empty());
        EXPECT_FALSE(planned[2].lost.empty());
        const auto before = machine_.kernel.applied.back();
        EXPECT_EQ(reconfigure(settings)->shifts, planned);
        EXPECT_EQ(shifts(before, machine_.kernel.applied.back()), planned);
    });
}

TEST_F(AReconfiguration, DoesWhatItsDryRunSaidAlsoWhereItAttachesAnew)
{
    when_ready([this] {
        const Settings settings{{"enable-llc-awareness", true}, {"cell-exclude", only_a}};
        const auto planned =
            reconfigure(settings, {.settings = {}, .dry_run = true, .allow_reattach = true});
        EXPECT_EQ(machine_.kernel.attaches, 1);
        const auto before = machine_.kernel.applied.back();
        EXPECT_EQ(reconfigure(settings, {.settings = {}, .allow_reattach = true})->shifts,
                  planned->shifts);
        EXPECT_EQ(shifts(before, machine_.kernel.applied.back()), planned->shifts);
        EXPECT_THAT(planned->shifts, Not(IsEmpty()));
    });
}

TEST_F(AReconfiguration, ThatIsPartlyWrongChangesNothing)
{
    when_ready([this] {
        const auto before = generation();
        expect_refused(reconfigure({{"cell-exclude", only_a}, {"monitor-interval-s", 0.0}}),
                       Refusal::invalid_setting,
                       "monitor-interval-s: 0.0 is out of range, allowed: 0.05 to 86400 seconds");
        EXPECT_EQ(generation(), before);
        EXPECT_EQ(cells(), 3U);
    });
}

TEST_F(AReconfiguration, IsToldAboutAllThatIsWrong)
{
    when_ready([this] {
        expect_refused(reconfigure({{"slice-uss", std::int64_t{1}}, {"log-levle", "info"}}),
                       Refusal::unknown_setting,
                       "log-levle = \"info\": no such setting; the nearest is log-level, allowed: "
                       "error, warn, info, debug or trace; slice-uss = 1: no such setting; the "
                       "nearest is slice-us, allowed: 100 to 1000000 microseconds");
        expect_refused(reconfigure({{"no-dbus", true}}), Refusal::read_only_setting,
                       "no-dbus: cannot be set to true in a running service");
        expect_refused(reconfigure({{"log-level", std::int64_t{5}}}), Refusal::invalid_setting,
                       "log-level: 5 is not a string");
    });
}

TEST_F(AReconfiguration, IsRefusedWhenSomebodyElseWasFaster)
{
    when_ready([this] {
        const auto seen = generation();
        EXPECT_TRUE(reconfigure({{"monitor-interval-s", 2.0}},
                                {.settings = {}, .expected_generation = seen}));
        expect_refused(reconfigure({{"monitor-interval-s", 3.0}},
                                   {.settings = {}, .expected_generation = seen}),
                       Refusal::config_conflict, "not the expected " + std::to_string(seen));
    });
}

TEST_F(AReconfiguration, AttachesAnewOnlyWhereItIsAllowedTo)
{
    when_ready([this] {
        const Settings llcs{{"enable-llc-awareness", true}};
        expect_refused(reconfigure(llcs), Refusal::reattach_required, "enable-llc-awareness: ");
        EXPECT_EQ(machine_.kernel.attaches, 1);
        EXPECT_TRUE(reconfigure(llcs, {.settings = {}, .allow_reattach = true}));
        EXPECT_EQ(machine_.kernel.attaches, 2);
        expect_refused(
            reconfigure({{"enable-borrowing", true}}, {.settings = {}, .allow_reattach = true}),
            Refusal::reattached_too_soon, " usec)");
        EXPECT_EQ(machine_.kernel.attaches, 2);
    });
}

TEST_F(AReconfiguration, SwitchesBorrowingOffAndOnAgainInPlace)
{
    machine_.write_config("cell-parent-cgroup = '/apps.slice'\nenable-borrowing = true\n");
    when_ready([this] {
        EXPECT_TRUE(lends());
        EXPECT_TRUE(reconfigure({{"enable-borrowing", false}}));
        EXPECT_FALSE(lends());
        EXPECT_TRUE(reconfigure({{"enable-borrowing", true}}));
        EXPECT_TRUE(lends());
        EXPECT_EQ(machine_.kernel.attaches, 1);
    });
}

TEST_F(AReconfiguration, SwitchesBorrowingOnThatTheSchedulerLacksByAttachingAnew)
{
    when_ready([this] {
        const Settings borrowing{{"enable-borrowing", true}};
        expect_refused(reconfigure(borrowing), Refusal::reattach_required,
                       "enable-borrowing: for true the scheduler has to be attached anew, "
                       "allowed: false, or flag 2");
        EXPECT_FALSE(lends());
        EXPECT_TRUE(reconfigure(borrowing, {.settings = {}, .allow_reattach = true}));
        EXPECT_TRUE(lends());
        EXPECT_EQ(machine_.kernel.attaches, 2);
    });
}

TEST_F(AReconfiguration, ThatTheKernelRefusesIsRolledBack)
{
    when_ready([this] {
        const auto before = generation();
        machine_.kernel.refuse_next_applies = 1;
        const auto outcome = reconfigure({{"cell-exclude", only_a}});
        ASSERT_FALSE(outcome);
        EXPECT_THAT(outcome.error().context, HasSubstr("apply cells"));
        EXPECT_EQ(cells(), 3U);
        EXPECT_EQ(generation(), before);
        EXPECT_THAT(reconfigure({{"cell-exclude", only_a}})->changed, ElementsAre("cell-exclude"));
    });
}

TEST_F(AReconfiguration, ThatCannotBeRolledBackEndsTheService)
{
    const auto ready = [this] { return machine_.was_told("READY=1"); };
    const auto act = [this] {
        machine_.kernel.refuse_next_applies = 2;
        EXPECT_FALSE(reconfigure({{"cell-exclude", only_a}}));
    };
    EXPECT_EQ(machine_.run({{ready, act}}), ExitStatus::internal);
    EXPECT_EQ(machine_.kernel.detaches, 1);
}

TEST_F(AReconfiguration, ThatCannotBeAttachedNorWhatWasBeforeEndsTheService)
{
    const auto ready = [this] { return machine_.was_told("READY=1"); };
    const auto act = [this] {
        machine_.kernel.refuse_attach = fail(EBUSY, "attach").error();
        const auto outcome =
            reconfigure({{"enable-llc-awareness", true}}, {.settings = {}, .allow_reattach = true});
        ASSERT_FALSE(outcome);
        EXPECT_EQ(outcome.error().code, std::errc::io_error); // the settings are not to blame
        EXPECT_THAT(outcome.error().context, HasSubstr("; roll back: "));
    };
    EXPECT_EQ(machine_.run({{ready, act}}), ExitStatus::unavailable);
}

TEST_F(AReconfiguration, StaysWhenTheFilesAreReadAgain)
{
    when_ready([this] {
        EXPECT_TRUE(reconfigure({{"cell-exclude", only_a}}));
        machine_.write_config("cell-parent-cgroup = '/apps.slice'\nmonitor-interval-s = 1\n");
        EXPECT_THAT(machine_.control().reload()->changed, ElementsAre("monitor-interval-s"));
        EXPECT_EQ(cells(), 2U);
    });
}

TEST_F(AReconfiguration, IsGoneAfterAReset)
{
    when_ready([this] {
        EXPECT_TRUE(reconfigure({{"cell-exclude", only_a}, {"monitor-interval-s", 2.0}}));
        EXPECT_THAT(machine_.control().reset(std::vector<std::string>{"cell-exclude"})->changed,
                    ElementsAre("cell-exclude"));
        EXPECT_EQ(cells(), 3U);
        EXPECT_THAT(machine_.control().reset({})->changed, ElementsAre("monitor-interval-s"));
        EXPECT_THAT(machine_.control().reset({})->changed, IsEmpty());
        expect_refused(machine_.control().reset(std::vector<std::string>{"slice"}),
                       Refusal::unknown_setting, "slice: no such setting");
    });
}

TEST_F(AReconfiguration, ToTheFilesValueIsNoOverride)
{
    when_ready([this] {
        EXPECT_TRUE(reconfigure({{"monitor-interval-s", 2.0}}));
        EXPECT_TRUE(reconfigure({{"monitor-interval-s", 0.05}}));
        machine_.write_config("cell-parent-cgroup = '/apps.slice'\nmonitor-interval-s = 3\n");
        EXPECT_THAT(machine_.control().reload()->changed, ElementsAre("monitor-interval-s"));
        EXPECT_THAT(reconfigure({{"monitor-interval-s", 3.0}})->changed, IsEmpty());
    });
}

TEST_F(AReconfiguration, ThatWantsMoreCpusThanThereAreIsRefused)
{
    machine_.write_config("cell-parent-cgroup = '/apps.slice'\ncell0-min-cpus = 4\n");
    when_ready([this] {
        EXPECT_THAT(reconfigure({{"monitor-interval-s", 2.0}})->changed,
                    ElementsAre("monitor-interval-s"));
        expect_refused(reconfigure({{"cell0-min-cpus", std::int64_t{9}}}),
                       Refusal::insufficient_cpus,
                       "D-Bus: cell0-min-cpus: the minima of the cells are 9 for cell 0 = 9 CPUs, "
                       "allowed: 8 in all, as many as this machine has");
        machine_.write_config("cell-parent-cgroup = '/apps.slice'\ncell0-min-cpus = 9\n");
        expect_refused(machine_.control().reload(), Refusal::insufficient_cpus,
                       "cell0-min-cpus: the minima of the cells are 9 for cell 0 = 9 CPUs");
    });
}

TEST_F(AReconfiguration, ThatWouldLeaveCgroupsWithoutACellIsRefused)
{
    for (int i = 0; i < 20; ++i) // a fake kernel takes 16 cells
        machine_.make_cgroup("/many.slice/c" + std::to_string(i));
    when_ready([this] {
        expect_refused(reconfigure({{"cell-parent-cgroup", "/many.slice"}}),
                       Refusal::too_many_cells,
                       "cell-parent-cgroup = \"/many.slice\" (D-Bus): 7 cgroups would be without a "
                       "cell, the first is /many.slice/c3, allowed: 16 cells in all");
        EXPECT_EQ(cells(), 3U);
    });
}

TEST_F(AReconfiguration, ThatWouldLeaveCellsWithoutCpusIsRefused)
{
    for (int i = 0; i < 10; ++i) // the machine has 8 CPUs
        machine_.make_cgroup("/some.slice/c" + std::to_string(i));
    when_ready([this] {
        expect_refused(reconfigure({{"cell-parent-cgroup", "/some.slice"}}),
                       Refusal::insufficient_cpus,
                       "cell-parent-cgroup = \"/some.slice\" (D-Bus): 11 cells would share 8 CPUs "
                       "and 3 of them have none, allowed: 0 as now");
        EXPECT_EQ(cells(), 3U);
    });
}

} // namespace
} // namespace mitosis::daemon
