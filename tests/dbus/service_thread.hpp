// SPDX-License-Identifier: GPL-2.0-only
// ServiceThread: a real BusService in its own loop thread, as the daemon runs it, with fakes behind
// it that remember what they were asked and answer as told.
#pragma once

#include "bus/connection.hpp"
#include "bus/log_level.hpp"
#include "bus/service.hpp"
#include "core/config.hpp"
#include "core/error.hpp"
#include "core/kernel_event.hpp"
#include "core/status.hpp"
#include "engine/ports.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace mitosis::test {

inline constexpr std::chrono::seconds deadline{10}; // generous: it only bounds a failure

class FakeControl : public engine::ControlPort {
public:
    Result<engine::RebalanceOutcome> rebalance(const engine::RebalanceRequest &request) override
    {
        requests.push_back(request);
        if (on_rebalance)
            on_rebalance();
        return rebalance_answer;
    }
    Result<engine::ReconfigureOutcome> reload() override
    {
        ++reloads;
        return reload_answer;
    }

    Result<engine::ReconfigureOutcome>
    reconfigure(const engine::ReconfigureRequest &request) override
    {
        reconfigures.push_back(request);
        return reconfigure_answer;
    }
    Result<engine::ReconfigureOutcome> reset(std::span<const std::string> names) override
    {
        resets.emplace_back(names.begin(), names.end());
        return reconfigure_answer;
    }
    Result<std::string> cgroup_of(int /*pidfd*/) override { return cgroup; }
    /// Calls that reached the engine.
    [[nodiscard]] std::size_t calls() const
    {
        return requests.size() + reloads + reconfigures.size() + resets.size();
    }

    std::vector<engine::RebalanceRequest> requests;
    std::vector<engine::ReconfigureRequest> reconfigures;
    std::vector<std::vector<std::string>> resets;
    std::function<void()> on_rebalance;
    Result<engine::RebalanceOutcome> rebalance_answer{engine::RebalanceOutcome{}};
    Result<engine::ReconfigureOutcome> reload_answer{engine::ReconfigureOutcome{}};
    Result<engine::ReconfigureOutcome> reconfigure_answer{engine::ReconfigureOutcome{}};
    Result<std::string> cgroup{"/"}; // of every process
    unsigned reloads = 0;
};

class FakeLog : public bus::LogLevelPort {
public:
    [[nodiscard]] LogLevel get() const override { return level; }
    void set(LogLevel wanted) override { level = wanted; }
    [[nodiscard]] std::string target() const override { return "console"; }

    LogLevel level = LogLevel::info;
};

class ServiceThread {
public:
    /// Starts the loop at once; returns when the first attempt at the bus is over.
    explicit ServiceThread(const std::string &address);
    ~ServiceThread();
    ServiceThread(const ServiceThread &) = delete;
    ServiceThread &operator=(const ServiceThread &) = delete;

    /// Runs the function in the loop thread and waits for it.
    void in_loop(const std::function<void()> &function);
    void publish(const Status &status, std::span<const Event> events = {});
    /// Only from inside the loop thread: from one of the fakes.
    void publish_in_loop(const Status &status) { service_->publish(status, {}); }
    void set_facts(bus::ServiceFacts facts);
    void tell(const KernelEvents &told);
    [[nodiscard]] bool has_name();
    /// Wait for the name to be acquired or lost, at most the deadline; whether it came to that.
    [[nodiscard]] bool await_name() { return await_name_is(true); }
    [[nodiscard]] bool await_loss() { return await_name_is(false); }
    /// What the observer was told of calls that ended in an exception.
    [[nodiscard]] std::vector<std::string> faults();

    FakeControl control;
    FakeLog log;

private:
    void loop(const std::string &address, std::promise<void> settled);
    void run_posted();
    void note(bus::BusChange change, const Error &why);
    [[nodiscard]] bool await_name_is(bool acquired);

    int wake_;
    std::function<void()> posted_;
    std::optional<std::promise<void>> done_;
    bool ending_ = false;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool acquired_ = false; // this and the next: as told by the service's observer
    std::vector<std::string> faults_;
    std::unique_ptr<bus::BusService> service_;
    std::thread thread_;
};

} // namespace mitosis::test
