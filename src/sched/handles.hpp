// SPDX-License-Identifier: GPL-2.0-only
// Handles: descriptors of what a loaded object has in the kernel. They are all that the user side
// needs of it from then on, and another process can go on with them. What has no handle here is
// kept by the programs that use it.
#pragma once

#include "core/error.hpp"
#include "sched/wire.hpp"
#include "sys/unique_fd.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace mitosis::sched {

struct Handles {
    sys::UniqueFd cpus;
    sys::UniqueFd cells;
    sys::UniqueFd cell_stats;
    sys::UniqueFd stage_cpus;
    sys::UniqueFd stage_cells;
    sys::UniqueFd stage_envelopes;
    sys::UniqueFd exit_dump;
    sys::UniqueFd exits;
    sys::UniqueFd events;
    sys::UniqueFd bss;  // variables that begin at 0
    sys::UniqueFd data; // the others
    sys::UniqueFd apply_config;
    sys::UniqueFd settle;
    sys::UniqueFd look_at_waits;
    sys::UniqueFd link;   // the attachment; none before it
    sys::NamedFds probes; // attached ones, by their programs
};

/// All there are, with a name for each that differs from the others.
[[nodiscard]] std::vector<std::pair<std::string, int>> list(const Handles &handles);

/// What list() named, of an object of this size whose dump has room for so many bytes. EBADF when
/// one is missing; EINVAL when one is something else than what such an object has there.
[[nodiscard]] Result<Handles> take_handles(sys::NamedFds named, const Sizes &sizes,
                                           std::uint32_t dump_len);

/// Another descriptor of the attachment that list() named; none when there is none.
[[nodiscard]] sys::UniqueFd copy_attachment(const sys::NamedFds &named);

/// The scheduler of this attachment is ended when it returns. Harmless when that was so before, or
/// the descriptor is something else.
void end_attachment(int link_fd);

} // namespace mitosis::sched
