// SPDX-License-Identifier: GPL-2.0-only
#include "dbus/fake_polkit.hpp"

#include "dbus/service_thread.hpp"

#include <sdbus-c++/IConnection.h>
#include <sdbus-c++/IObject.h>
#include <sdbus-c++/Types.h>
#include <sdbus-c++/VTableItems.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace mitosis::test {

FakePolkit::FakePolkit(const std::string &address, Verdict verdict)
    : verdict_(verdict), connection_(sdbus::createSessionBusConnectionWithAddress(address)),
      object_(sdbus::createObject(*connection_,
                                  sdbus::ObjectPath("/org/freedesktop/PolicyKit1/Authority")))
{
    using Details = std::map<std::string, std::string>;
    object_
        ->addVTable(sdbus::registerMethod("CheckAuthorization")
                        .implementedAs([this](Reply &&reply, const Subject &subject,
                                              const std::string &action, const Details &,
                                              std::uint32_t flags, const std::string &id) {
                            check(std::move(reply),
                                  {subject.get<0>(), subject.get<1>().at("name").get<std::string>(),
                                   action, flags, id});
                        }),
                    sdbus::registerMethod("CancelCheckAuthorization")
                        .implementedAs([this](const std::string &id) {
                            const std::scoped_lock lock(mutex_);
                            cancelled_.push_back(id);
                            changed_.notify_all();
                        }))
        .forInterface("org.freedesktop.PolicyKit1.Authority");
    connection_->requestName(sdbus::ServiceName("org.freedesktop.PolicyKit1"));
    connection_->enterEventLoopAsync();
}

FakePolkit::~FakePolkit()
{
    connection_->leaveEventLoop();
}

void FakePolkit::check(Reply &&reply, PolkitCheck asked)
{
    const std::scoped_lock lock(mutex_);
    checks_.push_back(std::move(asked));
    if (verdict_ == Verdict::never)
        unanswered_.push_back(std::move(reply));
    else
        reply.returnResults(Answer{verdict_ == Verdict::yes, verdict_ == Verdict::challenge, {}});
    changed_.notify_all();
}

void FakePolkit::grant()
{
    const std::scoped_lock lock(mutex_);
    for (const Reply &reply : unanswered_)
        reply.returnResults(Answer{true, false, {}});
    unanswered_.clear();
}

std::vector<PolkitCheck> FakePolkit::checks()
{
    const std::scoped_lock lock(mutex_);
    return checks_;
}

std::vector<std::string> FakePolkit::cancelled()
{
    const std::scoped_lock lock(mutex_);
    return cancelled_;
}

bool FakePolkit::await(const std::function<bool()> &condition)
{
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, deadline, condition);
}

bool FakePolkit::await_checks(std::size_t count)
{
    return await([&] { return checks_.size() >= count; });
}

bool FakePolkit::await_cancelled(std::size_t count)
{
    return await([&] { return cancelled_.size() >= count; });
}

} // namespace mitosis::test
