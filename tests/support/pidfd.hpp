// SPDX-License-Identifier: GPL-2.0-only
// pidfd_open(2) for C++: the declaration in glibc's <sys/pidfd.h> has C++ linkage up to 2.41, so
// that it cannot be linked.
#pragma once

#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

namespace mitosis::test {

/// The caller closes it; -1 where there is no such process.
[[nodiscard]] inline int open_pidfd(pid_t process)
{
    return static_cast<int>(::syscall(SYS_pidfd_open, process, 0));
}

} // namespace mitosis::test
