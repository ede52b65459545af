// SPDX-License-Identifier: GPL-2.0-only
// Lets a callback of the attached scheduler report an error each time it is called, from the moment
// that this prints "attached" until it is killed. For scenarios; what it takes is in its usage.
#include "fail_in.skel.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <system_error>

namespace {

struct Close {
    void operator()(fail_in_bpf *skeleton) const { fail_in_bpf::destroy(skeleton); }
};
using Skeleton = std::unique_ptr<fail_in_bpf, Close>;

/// Prints what failed, with the reason in `error`, a negative errno.
int complain(const char *what, int error)
{
    std::fprintf(stderr, "%s: %s\n", what, std::strerror(-error));
    return 1;
}

int fail_in(std::uint32_t program, const char *function)
{
    const int target = bpf_prog_get_fd_by_id(program);
    if (target < 0)
        return complain("no such program", target);
    const Skeleton skeleton(fail_in_bpf::open());
    if (!skeleton)
        return complain("open", -errno);
    if (const int error =
            bpf_program__set_attach_target(skeleton->progs.fail_here, target, function))
        return complain(function, error);
    if (const int error = fail_in_bpf::load(skeleton.get()))
        return complain("load", error);
    if (const int error = fail_in_bpf::attach(skeleton.get()))
        return complain("attach", error);
    std::puts("attached");
    std::fflush(stdout);
    return pause();
}

} // namespace

int main(int argc, char **argv)
{
    const std::span arguments(argv, static_cast<std::size_t>(argc));
    std::uint32_t program = 0;
    const std::string_view id = arguments.size() == 3 ? arguments[1] : "";
    if (std::from_chars(id.begin(), id.end(), program).ec != std::errc{}) {
        std::fputs("usage: fail_in PROGRAM_ID FUNCTION\n", stderr);
        return 2;
    }
    return fail_in(program, arguments[2]);
}
