// SPDX-License-Identifier: GPL-2.0-only
// From the properties of the bus objects to snapshots.
#pragma once

#include "ctl/snapshot.hpp"

#include <sdbus-c++/Error.h>
#include <sdbus-c++/Types.h>

#include <map>
#include <string>
#include <utility>

namespace mitosis::ctl {

/// All properties of one interface at one moment.
class BusProperties {
public:
    explicit BusProperties(std::map<sdbus::PropertyName, sdbus::Variant> values)
        : values_(std::move(values))
    {
    }

    /// A missing or mistyped one is an sdbus::Error.
    template <class T> void read(T &to, const char *name) const
    {
        if (!read_if_there(to, name))
            throw sdbus::Error(sdbus::Error::Name("org.freedesktop.DBus.Error.UnknownProperty"),
                               std::string("the service has no usable property ") + name);
    }

    /// For what was added to the API later: leaves `to` as it is when the service is older.
    template <class T> bool read_if_there(T &to, const char *name) const
    {
        const auto found = values_.find(sdbus::PropertyName(name));
        if (found == values_.end() || !found->second.containsValueOfType<T>())
            return false;
        to = found->second.get<T>();
        return true;
    }

private:
    std::map<sdbus::PropertyName, sdbus::Variant> values_;
};

[[nodiscard]] ServiceSnapshot to_service(const BusProperties &properties);
void read_cell(CellSnapshot &cell, const BusProperties &properties);
void read_cell_metrics(CellSnapshot &cell, const BusProperties &properties);

} // namespace mitosis::ctl
