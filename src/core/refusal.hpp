// SPDX-License-Identifier: GPL-2.0-only
// Refusal: why something that was asked for was not done although nothing failed: the request is
// wrong, or it came at the wrong moment. Travels as the code of an Error whose context is the whole
// sentence for the one who asked.
#pragma once

#include "core/error.hpp"

#include <chrono>
#include <expected>
#include <string>
#include <system_error>
#include <type_traits>

namespace mitosis {

enum class Refusal {
    unknown_setting = 1,
    invalid_setting,
    read_only_setting,   // counts only at a start
    config_conflict,     // the generation is another than the expected one
    reattach_required,   // needs the scheduler to be attached anew, which was not allowed
    insufficient_cpus,   // cells would be left without CPUs
    too_many_cells,      // cgroups would be left without a cell
    reattached_too_soon, // too little time since the scheduler was attached anew for such a request
    no_such_process,
    rebalance_held_back, // too little speaks for moving CPUs
};

[[nodiscard]] const std::error_category &refusal_category();
[[nodiscard]] std::error_code make_error_code(Refusal refusal);

/// `sentence` names the key and the value that are wrong, and what is allowed.
[[nodiscard]] std::unexpected<Error> refuse(Refusal refusal, std::string sentence);

/// When to try again, as every sentence about that ends: "retry in 4.9 s (4872511 usec)", the
/// seconds, rounded up, for people, and the microseconds for programs.
[[nodiscard]] std::string retry_in(std::chrono::microseconds wait);

} // namespace mitosis

template <> struct std::is_error_code_enum<mitosis::Refusal> : std::true_type {};
