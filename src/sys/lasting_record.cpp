// SPDX-License-Identifier: GPL-2.0-only
#include "sys/lasting_record.hpp"

#include "core/error.hpp"
#include "core/fingerprint.hpp"
#include "sys/unique_fd.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace mitosis::sys {

/// The content counts where `sum` fits to it and to the other two numbers.
struct LastingRecord::Place {
    std::uint64_t number; // of the writing, from 1 on
    std::uint64_t size;
    std::uint64_t sum;
    std::array<char, capacity> content;

    [[nodiscard]] std::string_view text() const { return {content.data(), size}; }
    [[nodiscard]] std::uint64_t right_sum() const
    {
        return fingerprint(text()) ^ (number << 1U) ^ (size << 32U);
    }
    [[nodiscard]] bool is_whole() const
    {
        return number > 0 && size <= capacity && sum == right_sum();
    }
};

struct LastingRecord::Layout {
    std::uint64_t beaten_at_ns;
    std::array<Place, 2> places;
};

namespace {

constexpr int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

} // namespace

void LastingRecord::Unmap::operator()(Layout *memory) const
{
    ::munmap(memory, sizeof(Layout));
}

LastingRecord::LastingRecord(UniqueFd fd, std::unique_ptr<Layout, Unmap> memory)
    : fd_(std::move(fd)), memory_(std::move(memory))
{
}

Result<LastingRecord> LastingRecord::create()
{
    UniqueFd fd(::memfd_create("mitosis-manifest", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!fd)
        return fail(errno, "make a record that lasts");
    // Nobody may make it shorter, which would make looking at it a fault.
    if (::ftruncate(fd.get(), sizeof(Layout)) != 0 || ::fcntl(fd.get(), F_ADD_SEALS, seals) != 0)
        return fail(errno, "size a record that lasts");
    return map(std::move(fd));
}

Result<LastingRecord> LastingRecord::open(UniqueFd fd)
{
    struct stat status{};
    if (::fcntl(fd.get(), F_GET_SEALS) != seals || ::fstat(fd.get(), &status) != 0 ||
        status.st_size != sizeof(Layout))
        return fail(EINVAL, "open a record that lasts");
    return map(std::move(fd));
}

Result<LastingRecord> LastingRecord::map(UniqueFd fd)
{
    void *const start =
        ::mmap(nullptr, sizeof(Layout), PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
    if (start == MAP_FAILED)
        return fail(errno, "map a record that lasts");
    return LastingRecord(std::move(fd),
                         std::unique_ptr<Layout, Unmap>(static_cast<Layout *>(start)));
}

Result<void> LastingRecord::write(std::string_view text)
{
    const Place *const before = in_force();
    const std::uint64_t number = before == nullptr ? 1 : before->number + 1;
    if (text.size() > capacity) {
        for (Place &place : memory_->places)
            place.number = 0;
        return fail(EFBIG, "write a record that lasts");
    }
    Place &place = memory_->places.at(before == &memory_->places[0] ? 1 : 0);
    place.number = number;
    place.size = text.size();
    std::ranges::copy(text, place.content.begin());
    place.sum = place.right_sum();
    return {};
}

std::optional<std::string> LastingRecord::read() const
{
    const Place *const place = in_force();
    return place == nullptr ? std::nullopt : std::optional<std::string>(place->text());
}

const LastingRecord::Place *LastingRecord::in_force() const
{
    const Place *found = nullptr;
    for (const Place &place : memory_->places)
        if (place.is_whole() && (found == nullptr || place.number > found->number))
            found = &place;
    return found;
}

void LastingRecord::beat(std::chrono::steady_clock::time_point now)
{
    const std::chrono::nanoseconds since = now.time_since_epoch();
    std::atomic_ref(memory_->beaten_at_ns)
        .store(static_cast<std::uint64_t>(since.count()), std::memory_order_relaxed);
}

std::chrono::steady_clock::time_point LastingRecord::beaten_at() const
{
    const auto ns = std::atomic_ref(memory_->beaten_at_ns).load(std::memory_order_relaxed);
    return std::chrono::steady_clock::time_point(
        std::chrono::nanoseconds(static_cast<std::int64_t>(ns)));
}

} // namespace mitosis::sys
