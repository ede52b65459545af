// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/handover.hpp"

#include "core/cell_table.hpp"
#include "core/error.hpp"
#include "core/manifest.hpp"
#include "daemon/world.hpp"
#include "sys/lasting_record.hpp"
#include "sys/unique_fd.hpp"

#include <expected>
#include <optional>
#include <string>
#include <utility>

namespace mitosis::daemon {
namespace {

constexpr const char *record_name = "manifest";

} // namespace

std::expected<Kept, std::string> Handover::take(const WantedIdentity &wanted, Clock::time_point now)
{
    sys::NamedFds kept = take_stored();
    if (kept.empty())
        return std::unexpected("");
    auto manifest =
        wanted()
            .transform_error([](const Error &error) { return to_string(error); })
            .and_then([&](const Identity &identity) { return read(kept, identity, now); });
    if (!manifest) {
        end(kept);
        return std::unexpected(std::move(manifest).error());
    }
    return Kept{.manifest = *std::move(manifest), .handles = std::move(kept)};
}

std::expected<Kept, std::string> Handover::refuse()
{
    const sys::NamedFds kept = take_stored();
    end(kept);
    return std::unexpected(kept.empty() ? "" : "handover is switched off");
}

sys::NamedFds Handover::take_stored()
{
    sys::NamedFds kept = world_.store.exists ? world_.store.take() : sys::NamedFds{};
    for (const auto &[name, fd] : kept)
        names_.push_back(name);
    return kept;
}

void Handover::end(const sys::NamedFds &kept)
{
    if (!kept.empty())
        world_.end_attachment(kept);
    forget();
}

std::expected<Manifest, std::string> Handover::read(sys::NamedFds &kept, const Identity &wanted,
                                                    Clock::time_point now)
{
    const auto fd = kept.find(record_name);
    if (fd == kept.end())
        return std::unexpected("there is no record of it");
    auto record = sys::LastingRecord::open(std::move(fd->second));
    kept.erase(fd);
    if (!record)
        return std::unexpected("its record cannot be read");
    if (const auto beaten = record->beaten_at();
        beaten > now || now - beaten > world_.store.patience)
        return std::unexpected("the process that had it was not well, or is gone for too long");
    const auto text = record->read();
    auto manifest = text ? decode(*text) : std::nullopt;
    if (!manifest)
        return std::unexpected("its record is not one of this version's");
    if (const auto why = mismatch(manifest->identity, wanted))
        return std::unexpected(std::string(*why));
    record_ = *std::move(record);
    return *std::move(manifest);
}

Result<void> Handover::keep(const KernelScheduler &scheduler, const Manifest &manifest,
                            Clock::time_point now)
{
    if (!world_.store.exists)
        return {};
    auto record = sys::LastingRecord::create();
    if (!record)
        return std::unexpected(std::move(record).error());
    if (auto written = record->write(encode(manifest)); !written)
        return written;
    record_ = *std::move(record);
    beat(now);
    auto handles = scheduler.handles();
    handles.emplace_back(record_name, record_->fd());
    for (const auto &[name, fd] : handles) {
        notifier_.store(name, fd);
        names_.push_back(name);
    }
    return {};
}

Result<void> Handover::update(const Manifest &manifest)
{
    return record_ ? record_->write(encode(manifest)) : Result<void>();
}

void Handover::beat(Clock::time_point now)
{
    if (record_)
        record_->beat(now);
}

void Handover::forget()
{
    record_.reset();
    for (const std::string &name : std::exchange(names_, {}))
        notifier_.remove(name);
}

} // namespace mitosis::daemon
