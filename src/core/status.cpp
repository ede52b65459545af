// SPDX-License-Identifier: GPL-2.0-only
#include "core/status.hpp"

#include <string>
#include <utility>

namespace mitosis {

std::string to_string(State state)
{
    switch (state) {
    case State::starting:
        return "starting";
    case State::running:
        return "running";
    case State::reloading:
        return "reloading";
    case State::degraded:
        return "degraded";
    case State::detached:
        return "detached";
    case State::stopping:
        return "stopping";
    }
    std::unreachable();
}

} // namespace mitosis
