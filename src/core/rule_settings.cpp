// SPDX-License-Identifier: GPL-2.0-only
#include "core/rule_settings.hpp"

#include "core/cpu_list.hpp"
#include "core/cpu_set.hpp"
#include "core/ids.hpp"

#include <span>
#include <string>

namespace mitosis {

std::string to_llc_list(std::span<const LlcId> llcs)
{
    CpuSet numbers;
    for (const LlcId llc : llcs)
        numbers.insert(index_of(llc));
    return to_cpu_list(numbers);
}

} // namespace mitosis
