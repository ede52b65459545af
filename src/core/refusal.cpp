// SPDX-License-Identifier: GPL-2.0-only
#include "core/refusal.hpp"

#include "core/error.hpp"

#include <chrono>
#include <cstdint>
#include <expected>
#include <format>
#include <ratio>
#include <string>
#include <system_error>
#include <utility>

namespace mitosis {

namespace {

std::string in_words(Refusal refusal)
{
    switch (refusal) {
    case Refusal::unknown_setting:
        return "no such setting";
    case Refusal::invalid_setting:
        return "a value is not allowed";
    case Refusal::read_only_setting:
        return "takes effect only at a start";
    case Refusal::config_conflict:
        return "the configuration is another one by now";
    case Refusal::reattach_required:
        return "the scheduler would have to be attached anew";
    case Refusal::insufficient_cpus:
        return "too few CPUs";
    case Refusal::too_many_cells:
        return "too many cells";
    case Refusal::reattached_too_soon:
        return "the scheduler was attached anew a moment ago";
    case Refusal::no_such_process:
        return "no such process";
    case Refusal::rebalance_held_back:
        return "too little speaks for moving CPUs";
    }
    std::unreachable();
}

class RefusalCategory final : public std::error_category {
public:
    [[nodiscard]] const char *name() const noexcept override { return "refusal"; }
    [[nodiscard]] std::string message(int value) const override
    {
        return in_words(static_cast<Refusal>(value));
    }
};

} // namespace

const std::error_category &refusal_category()
{
    static const RefusalCategory category;
    return category;
}

std::error_code make_error_code(Refusal refusal)
{
    return {std::to_underlying(refusal), refusal_category()};
}

std::unexpected<Error> refuse(Refusal refusal, std::string sentence)
{
    return std::unexpected(Error{make_error_code(refusal), std::move(sentence)});
}

std::string retry_in(std::chrono::microseconds wait)
{
    const auto tenths = std::chrono::ceil<std::chrono::duration<std::int64_t, std::deci>>(wait);
    return std::format("retry in {}.{} s ({} usec)", tenths.count() / 10, tenths.count() % 10,
                       wait.count());
}

} // namespace mitosis
