// SPDX-License-Identifier: GPL-2.0-only
// Dump: the whole View, and what happened last, as text for people, however large it is, in a file
// that nobody can change.
#pragma once

#include "bus/view.hpp"
#include "core/error.hpp"
#include "core/event_tail.hpp"

#include <sdbus-c++/Types.h>

#include <string>
#include <string_view>

namespace mitosis::bus {

/// "Name: value" lines, a paragraph for the service and one for each cell; names as on the bus. At
/// the end the events of the scheduler, the newest last. `now` says when they were in the calendar.
[[nodiscard]] std::string to_dump(const View &view, const EventTail &events, Now now);

/// A sealed memfd with the text, positioned at its beginning.
[[nodiscard]] Result<sdbus::UnixFd> seal(std::string_view text);

} // namespace mitosis::bus
