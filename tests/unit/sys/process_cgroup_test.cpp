// SPDX-License-Identifier: GPL-2.0-only
#include "temporary_directory.hpp"

#include "core/ids.hpp"
#include "core/refusal.hpp"
#include "support/pidfd.hpp"
#include "sys/process_cgroup.hpp"
#include "sys/unique_fd.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <system_error>

namespace mitosis::sys {
namespace {

CgroupId id_of(const std::string &path)
{
    struct stat status{};
    EXPECT_EQ(::stat(path.c_str(), &status), 0);
    return CgroupId{status.st_ino};
}

class Holds : public testing::Test {
protected:
    Holds()
    {
        files_.make_directory("cell/a/deep");
        files_.make_directory("other");
        files_.write("cell/cgroup.procs", "");
    }
    TemporaryDirectory files_;
};

TEST_F(Holds, TheCgroupItselfAndWhatIsBelow)
{
    const std::string cell = files_.path("cell");
    EXPECT_EQ(holds_cgroup(cell, id_of(cell)), true);
    EXPECT_EQ(holds_cgroup(cell, id_of(cell + "/a/deep")), true);
    EXPECT_EQ(holds_cgroup(cell, id_of(files_.path("other"))), false);
}

TEST_F(Holds, NothingOnceItIsGone)
{
    EXPECT_EQ(holds_cgroup(files_.path("never"), id_of(files_.path("other"))), false);
}

TEST(CgroupOfProcess, IsNotAskedOfWhatIsNoPidfd)
{
    const UniqueFd file(::dup(STDIN_FILENO));
    EXPECT_FALSE(read_cgroup_of(file.get()));
    EXPECT_EQ(read_cgroup_of(-1).error().code, std::errc::bad_file_descriptor);
}

TEST(CgroupOfProcess, IsNoneOfOneThatHasEnded)
{
    const pid_t child = ::fork();
    if (child == 0)
        ::_exit(0);
    const UniqueFd pidfd(test::open_pidfd(child));
    ::waitpid(child, nullptr, 0);
    const auto cgroup = read_cgroup_of(pidfd.get());
    ASSERT_FALSE(cgroup);
    EXPECT_THAT(
        cgroup.error().code,
        testing::AnyOf(make_error_code(Refusal::no_such_process),
                       // before Linux 6.13
                       std::make_error_code(std::errc::inappropriate_io_control_operation)));
}

} // namespace
} // namespace mitosis::sys
