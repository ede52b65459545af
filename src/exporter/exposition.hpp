// SPDX-License-Identifier: GPL-2.0-only
// What the exporter answers to whom. Asks the service anew for every request.
#pragma once

#include <string>
#include <string_view>

namespace mitosis::exporter {

struct Page {
    unsigned status = 200; // of HTTP
    std::string content_type;
    std::string body;
};

/// `accept` is the header of that name, empty without one: OpenMetrics for whoever takes it.
[[nodiscard]] Page make_page(std::string_view method, std::string_view path,
                             std::string_view accept);

} // namespace mitosis::exporter
