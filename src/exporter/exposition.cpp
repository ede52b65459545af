// SPDX-License-Identifier: GPL-2.0-only
#include "exporter/exposition.hpp"

#include "ctl/client.hpp"
#include "ctl/metrics.hpp"

#include <expected>
#include <iostream>
#include <string>
#include <string_view>

namespace mitosis::exporter {

namespace {

constexpr const char *text_type = "text/plain; charset=utf-8";

std::string type_of(ctl::Dialect dialect)
{
    return dialect == ctl::Dialect::open_metrics
               ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
               : "text/plain; version=0.0.4; charset=utf-8";
}

ctl::Answer<std::string> ask(ctl::Dialect dialect)
{
    auto client = ctl::Client::open();
    if (!client)
        return std::unexpected(client.error());
    const auto service = client->read_service();
    if (!service)
        return std::unexpected(service.error());
    return client->read_cells().transform(
        [&](const auto &cells) { return ctl::to_metrics(*service, cells, dialect); });
}

Page make_metrics(ctl::Dialect dialect)
{
    const auto text = ask(dialect);
    if (!text)
        std::cerr << "the service cannot be asked: " << text.error().message << '\n';
    return {.status = 200,
            .content_type = type_of(dialect),
            .body = text ? *text : ctl::metrics_without_service(dialect)};
}

} // namespace

Page make_page(std::string_view method, std::string_view path, std::string_view accept)
{
    if (method != "GET" && method != "HEAD")
        return {.status = 405, .content_type = text_type, .body = "only GET and HEAD\n"};
    if (path == "/metrics")
        return make_metrics(accept.contains("application/openmetrics-text")
                                ? ctl::Dialect::open_metrics
                                : ctl::Dialect::prometheus);
    if (path == "/")
        return {.status = 200, .content_type = text_type, .body = "see /metrics\n"};
    return {.status = 404, .content_type = text_type, .body = "see /metrics\n"};
}

} // namespace mitosis::exporter
