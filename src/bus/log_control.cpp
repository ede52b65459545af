// SPDX-License-Identifier: GPL-2.0-only
#include "bus/log_control.hpp"

#include "bus/calls.hpp"
#include "bus/errors.hpp"
#include "bus/log_level.hpp"

#include <sdbus-c++/Flags.h>
#include <sdbus-c++/IConnection.h>
#include <sdbus-c++/IObject.h>
#include <sdbus-c++/Types.h>
#include <sdbus-c++/VTableItems.h>

#include <string>

namespace mitosis::bus {

namespace {

constexpr const char *interface_name = "org.freedesktop.LogControl1";

} // namespace

LogControl::LogControl(sdbus::IConnection &connection, LogLevelPort &log)
    : log_(log),
      object_(sdbus::createObject(connection, sdbus::ObjectPath("/org/freedesktop/LogControl1")))
{
    object_
        ->addVTable(sdbus::registerProperty("LogLevel")
                        .withGetter([this] { return std::string(to_syslog_name(log_.get())); })
                        .withSetter([this](const std::string &name) { set_level(name); })
                        .withUpdateBehavior(sdbus::Flags::EMITS_NO_SIGNAL),
                    sdbus::registerProperty("LogTarget")
                        .withGetter([this] { return log_.target(); })
                        .withSetter([this](const std::string &target) { refuse_target(target); })
                        .withUpdateBehavior(sdbus::Flags::EMITS_NO_SIGNAL),
                    sdbus::registerProperty("SyslogIdentifier")
                        .withGetter([] { return std::string("scx-mitosis"); })
                        .withUpdateBehavior(sdbus::Flags::EMITS_NO_SIGNAL))
        .forInterface(interface_name);
}

void LogControl::authorise_set(const char *property) const
{
    authorise_root(object_->getCurrentlyProcessedMessage(), interface_name, property);
}

void LogControl::set_level(const std::string &name)
{
    authorise_set("LogLevel");
    const auto level = parse_syslog_name(name);
    if (!level)
        throw to_sdbus(invalid_argument("no log level \"" + printable(name, 32) +
                                        "\"; known are emerg to debug, as in syslog"));
    log_.set(*level);
}

void LogControl::refuse_target(const std::string &target)
{
    authorise_set("LogTarget");
    if (target != log_.target())
        throw to_sdbus(not_supported("the log target is fixed when the service starts"));
}

} // namespace mitosis::bus
