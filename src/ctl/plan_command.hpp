// SPDX-License-Identifier: GPL-2.0-only
// mitosisctl plan: from its options to what is printed.
#pragma once

#include "ctl/client.hpp"

#include <string>

namespace mitosis::ctl {

enum class PlanSource { document, service };
enum class PlanFormat { text, json };

struct PlanOptions {
    PlanSource source = PlanSource::document;
    std::string file = "-"; // of the document; "-" is standard input
    PlanFormat format = PlanFormat::text;
    std::string explain; // a cell or a CPU; empty: the whole plan
};

[[nodiscard]] Answer<std::string> run_plan(const PlanOptions &options);

} // namespace mitosis::ctl
