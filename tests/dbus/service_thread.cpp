// SPDX-License-Identifier: GPL-2.0-only
#include "dbus/service_thread.hpp"

#include "bus/connection.hpp"
#include "bus/facts.hpp"
#include "bus/sd_ptr.hpp"
#include "bus/service.hpp"
#include "core/error.hpp"
#include "core/event.hpp"
#include "core/kernel_event.hpp"
#include "core/status.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <functional>
#include <future>
#include <iostream>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace mitosis::test {

ServiceThread::ServiceThread(const std::string &address) : wake_(::eventfd(0, EFD_CLOEXEC))
{
    std::promise<void> settled;
    auto is_settled = settled.get_future();
    thread_ = std::thread(&ServiceThread::loop, this, address, std::move(settled));
    is_settled.wait();
}

ServiceThread::~ServiceThread()
{
    in_loop([this] { ending_ = true; });
    thread_.join();
    ::close(wake_);
}

void ServiceThread::in_loop(const std::function<void()> &function)
{
    posted_ = function;
    done_.emplace();
    auto is_done = done_->get_future();
    const std::uint64_t one = 1;
    if (::write(wake_, &one, sizeof one) != sizeof one ||
        is_done.wait_for(deadline) != std::future_status::ready) {
        std::cerr << "the loop thread hangs\n";
        std::abort();
    }
}

void ServiceThread::run_posted()
{
    std::uint64_t count = 0;
    if (::read(wake_, &count, sizeof count) == sizeof count) {
        posted_();
        done_->set_value();
    }
}

void ServiceThread::loop(const std::string &address, std::promise<void> settled)
{
    bus::SdPtr<sd_event> event([] {
        sd_event *made = nullptr;
        (void)sd_event_new(&made); // null ends the test at the next line
        return made;
    }());
    const auto on_wake = [](sd_event_source *, int, std::uint32_t, void *self) {
        static_cast<ServiceThread *>(self)->run_posted();
        return 0;
    };
    sd_event_add_io(event.get(), nullptr, wake_, EPOLLIN, on_wake, this);
    bus::ServiceOptions options{
        .address = address,
        .observer = [this](bus::BusChange change, const Error &why) { note(change, why); }};
    service_ = bus::BusService::open(event.get(), {control, log}, std::move(options)).value();
    service_->settle(deadline);
    settled.set_value();
    while (!ending_)
        sd_event_run(event.get(), UINT64_MAX);
    service_.reset();
}

void ServiceThread::note(bus::BusChange change, const Error &why)
{
    if (change == bus::BusChange::failed)
        return;
    const std::scoped_lock lock(mutex_);
    if (change == bus::BusChange::faulted)
        return faults_.push_back(why.context);
    acquired_ = change == bus::BusChange::acquired;
    changed_.notify_all();
}

std::vector<std::string> ServiceThread::faults()
{
    const std::scoped_lock lock(mutex_);
    return faults_;
}

bool ServiceThread::await_name_is(bool acquired)
{
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, deadline, [&] { return acquired_ == acquired; });
}

void ServiceThread::publish(const Status &status, std::span<const Event> events)
{
    in_loop([&] { service_->publish(status, events); });
}

void ServiceThread::set_facts(bus::ServiceFacts facts)
{
    in_loop([&] { service_->set_facts(std::move(facts)); });
}

void ServiceThread::tell(const KernelEvents &told)
{
    in_loop([&] { service_->tell(told); });
}

bool ServiceThread::has_name()
{
    bool named = false;
    in_loop([&] { named = service_->has_name(); });
    return named;
}

} // namespace mitosis::test
