// SPDX-License-Identifier: GPL-2.0-only
// SdPtr: a reference to one of libsystemd's objects. A slot or an event source that is dropped
// calls nobody any more.
#pragma once

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include <memory>

namespace mitosis::bus {

struct SdDeleter {
    void operator()(sd_bus *bus) const { sd_bus_unref(bus); }
    void operator()(sd_bus_message *message) const { sd_bus_message_unref(message); }
    void operator()(sd_bus_slot *slot) const { sd_bus_slot_unref(slot); }
    void operator()(sd_event *event) const { sd_event_unref(event); }
    void operator()(sd_event_source *source) const { sd_event_source_disable_unref(source); }
};
template <class T> using SdPtr = std::unique_ptr<T, SdDeleter>;

} // namespace mitosis::bus
