// SPDX-License-Identifier: GPL-2.0-only
#include "bus/cell_object.hpp"

#include "bus/status_diff.hpp"
#include "bus/view.hpp"
#include "bus/wire.hpp"
#include "core/cpu_set.hpp"
#include "core/decide.hpp"
#include "core/ids.hpp"
#include "core/status.hpp"

#include <sdbus-c++/IConnection.h>
#include <sdbus-c++/Types.h>

#include <cassert>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace mitosis::bus {

CellObject::CellObject(sdbus::IConnection &connection, const View &view, CellId id)
    : AdaptorInterfaces(connection, to_object_path(id)), view_(view), id_(id), signalled_(cell())
{
    registerAdaptor();
}

CellObject::~CellObject()
{
    unregisterAdaptor();
}

const CellView &CellObject::cell() const
{
    const CellView *found = view_.find(id_);
    assert(found != nullptr);
    return *found;
}

void CellObject::announce()
{
    emitInterfacesAddedSignal({sdbus::InterfaceName(Cell_adaptor::INTERFACE_NAME),
                               sdbus::InterfaceName(CellMetrics_adaptor::INTERFACE_NAME)});
}

void CellObject::withdraw()
{
    emitInterfacesRemovedSignal({sdbus::InterfaceName(Cell_adaptor::INTERFACE_NAME),
                                 sdbus::InterfaceName(CellMetrics_adaptor::INTERFACE_NAME)});
}

void CellObject::signal_changes()
{
    const auto changed = changed_properties(signalled_, cell());
    signalled_ = cell();
    if (!changed.empty())
        emitPropertiesChangedSignal(Cell_adaptor::INTERFACE_NAME, to_property_names(changed));
}

std::uint64_t CellObject::CGroupId()
{
    return std::to_underlying(cell().status.cell.cgroup);
}

std::vector<std::uint32_t> CellObject::Cpus()
{
    return to_wire(cell().status.cpus);
}

std::vector<std::uint32_t> CellObject::BorrowableCpus()
{
    return to_wire(cell().status.borrowable);
}

std::vector<std::uint32_t> CellObject::RequestedCpus()
{
    return to_wire(cell().status.cell.cpuset.value_or(CpuSet{}));
}

std::vector<std::uint32_t> CellObject::Llcs()
{
    std::vector<std::uint32_t> llcs;
    llcs.reserve(cell().status.llcs.size());
    for (const LlcId llc : cell().status.llcs)
        llcs.push_back(index_of(llc));
    return llcs;
}

std::map<std::string, sdbus::Variant> CellObject::Claim()
{
    const CellStatus &status = cell().status;
    return to_wire(party_of(view_.facts.settings, status.cell, &status.load));
}

std::uint64_t CellObject::CreationTimestampMonotonic()
{
    return to_us(cell().status.cell.created_at);
}

std::vector<std::uint64_t> CellObject::WaitHistogram()
{
    const auto &histogram = counters().wait_histogram;
    return {histogram.begin(), histogram.end()};
}

} // namespace mitosis::bus
