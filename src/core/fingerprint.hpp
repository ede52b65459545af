// SPDX-License-Identifier: GPL-2.0-only
// Fingerprint: a number that tells whether two texts are the same one (FNV-1a, 64 bits). No defence
// against somebody who looks for two that share one.
#pragma once

#include <cstdint>
#include <string_view>

namespace mitosis {

[[nodiscard]] constexpr std::uint64_t fingerprint(std::string_view bytes)
{
    std::uint64_t sum = 0xcbf29ce484222325U;
    for (const char byte : bytes) {
        sum ^= static_cast<unsigned char>(byte);
        sum *= 0x100000001b3U;
    }
    return sum;
}

} // namespace mitosis
