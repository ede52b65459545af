// SPDX-License-Identifier: GPL-2.0-only
#include "ctl/plan_command.hpp"

#include "ctl/client.hpp"
#include "ctl/failure.hpp"
#include "ctl/plan.hpp"

#include <nlohmann/json.hpp>

#include <cerrno>
#include <expected>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <system_error>
#include <utility>

namespace mitosis::ctl {
namespace {

std::string read_all(std::istream &stream)
{
    std::ostringstream text;
    text << stream.rdbuf();
    return std::move(text).str();
}

Answer<std::string> read_document(const std::string &file)
{
    if (file == "-")
        return read_all(std::cin);
    errno = 0;
    std::ifstream stream(file, std::ios::binary);
    if (!stream)
        return std::unexpected(
            Failure{ExitStatus::usage, file + ": " + std::generic_category().message(errno)});
    return read_all(stream);
}

Answer<PlanProblem> read_problem(const PlanOptions &options)
{
    if (options.source == PlanSource::document)
        return read_document(options.file).and_then([](const std::string &json) {
            return parse_plan(json);
        });
    auto client = Client::open();
    if (!client)
        return std::unexpected(std::move(client).error());
    auto service = client->read_service();
    if (!service)
        return std::unexpected(std::move(service).error());
    return client->read_cells().and_then(
        [&](const auto &cells) { return live_plan(*service, cells); });
}

std::string as_json(const std::string &explanation)
{
    const nlohmann::ordered_json document{{"schema", 1}, {"explanation", explanation}};
    return document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

} // namespace

Answer<std::string> run_plan(const PlanOptions &options)
{
    const auto problem = read_problem(options);
    if (!problem)
        return std::unexpected(problem.error());
    const Plan plan = solve(*problem);
    const bool wants_json = options.format == PlanFormat::json;
    if (options.explain.empty())
        return wants_json ? plan_json(*problem, plan) : plan_text(*problem, plan);
    auto text = explain(*problem, plan, options.explain);
    return text && wants_json ? as_json(*text) : text;
}

} // namespace mitosis::ctl
