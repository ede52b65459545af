// SPDX-License-Identifier: GPL-2.0-only
#include "core/assignment.hpp"
#include "core/division.hpp"
#include "core/ids.hpp"
#include "core/lending.hpp"
#include "support/builders.hpp"
#include "support/print.hpp" // IWYU pragma: keep

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace mitosis {
namespace {

using test::cpus;
using test::owners;

/// Eight CPUs, of which the root cell has two and cells 1 and 2 three each.
class Lending : public testing::Test {
protected:
    Lending()
    {
        for (std::uint32_t cell = 0; cell < 3; ++cell)
            parties_.push_back({.cell = CellId{cell}, .cpuset = {}});
    }
    void lend() { add_lending(parties_, test::flat(8), assignment_); }
    [[nodiscard]] const CellCpus &of(std::uint32_t cell) const
    {
        return *assignment_.find(CellId{cell});
    }

    std::vector<Party> parties_;
    Assignment assignment_ = owners({{0, "0-1"}, {1, "2-4"}, {2, "5-7"}});
};

TEST_F(Lending, LetsEveryCellBorrowWhateverIsNotItsOwn)
{
    lend();
    EXPECT_EQ(of(0).borrowable, cpus("2-7"));
    EXPECT_EQ(of(1).borrowable, cpus("0-1,5-7"));
    EXPECT_EQ(of(2).borrowable, cpus("0-4"));
    EXPECT_EQ(of(1).lend, Lend::any);
}

TEST_F(Lending, KeepsABorrowerWithinItsCpuset)
{
    parties_[1].cpuset = cpus("1-5");
    lend();
    EXPECT_EQ(of(1).borrowable, cpus("1,5"));
    EXPECT_EQ(of(2).borrowable, cpus("0-4"));
}

TEST_F(Lending, LendsNothingOfAnExclusiveCell)
{
    parties_[1].policy.exclusive = true;
    parties_[1].policy.lend_cores = true;
    lend();
    EXPECT_EQ(of(1).lend, Lend::none);
    EXPECT_EQ(of(0).borrowable, cpus("5-7"));
    EXPECT_EQ(of(1).borrowable, cpus("0-1,5-7")); // it may still borrow
    EXPECT_EQ(of(2).borrowable, cpus("0-1"));
}

TEST_F(Lending, LendsIdleCoresOnlyWhereThePolicySaysSo)
{
    parties_[2].policy.lend_cores = true;
    lend();
    EXPECT_EQ(of(2).lend, Lend::idle_cores);
    EXPECT_EQ(of(1).lend, Lend::any);
    EXPECT_EQ(of(1).borrowable, cpus("0-1,5-7")); // which of them are idle is the kernel's to see
}

TEST_F(Lending, LetsNoCellBorrowThatMayNot)
{
    parties_[2].policy.borrow = false;
    lend();
    EXPECT_TRUE(of(2).borrowable.empty());
    EXPECT_EQ(of(2).lend, Lend::any);
}

TEST_F(Lending, LetsAPooledCellBorrowNothingByItself)
{
    assignment_ = owners({{0, "0-4"}, {1, ""}, {2, "5-7"}});
    lend();
    EXPECT_TRUE(of(1).borrowable.empty());
    EXPECT_EQ(of(0).borrowable, cpus("5-7"));
}

} // namespace
} // namespace mitosis
