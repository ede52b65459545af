// SPDX-License-Identifier: GPL-2.0-only
// That hindsight is what its name says, on loads for which the best course is plain.
#include "simulation/hindsight.hpp"
#include "simulation/loads.hpp"

#include <gtest/gtest.h>

namespace mitosis::test {
namespace {

Scenario load_of(double duration_s, Moment (*at)(double now_s))
{
    return {.name = "", .duration_s = duration_s, .at = at};
}

TEST(Hindsight, LosesNothingWhereAllCanBeMet)
{
    const Loss loss = least_loss(load_of(20, [](double) { return Moment{{1, 10, 5}}; }), 1);
    EXPECT_DOUBLE_EQ(loss.cpu_s, 0);
    EXPECT_EQ(loss.moved, 0U);
}

TEST(Hindsight, LosesWhatTheMachineLacks)
{
    const Loss loss = least_loss(load_of(20, [](double) { return Moment{{1, 10, 7}}; }), 0.5);
    EXPECT_DOUBLE_EQ(loss.cpu_s, 2 * 20);
}

/// Seven CPUs go once, the spare one being where it is wanted in the end.
TEST(Hindsight, MovesWhereThatIsWorthIt)
{
    const Loss loss = least_loss(
        load_of(20,
                [](double now_s) { return now_s < 10 ? Moment{{1, 11, 3}} : Moment{{1, 3, 11}}; }),
        1);
    EXPECT_DOUBLE_EQ(loss.cpu_s, 7 * loss_of_a_move);
    EXPECT_EQ(loss.moved, 7U);
}

TEST(Hindsight, StaysWhereMovingIsNotWorthIt)
{
    const Loss loss = least_loss(load_of(8,
                                         [](double now_s) {
                                             return now_s >= 4 && now_s < 4.5 ? Moment{{1, 3, 13}}
                                                                              : Moment{{1, 12, 3}};
                                         }),
                                 0.5);
    EXPECT_DOUBLE_EQ(loss.cpu_s, 10 * 0.5);
    EXPECT_EQ(loss.moved, 0U);
}

} // namespace
} // namespace mitosis::test
