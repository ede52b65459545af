// SPDX-License-Identifier: GPL-2.0-only
// CellObject: one cell on the bus, /org/scx/Mitosis/cell/<Id>. Reads the View it was given a
// reference to; the publisher takes the object off before its cell leaves that View's place.
#pragma once

#include "bus/view.hpp"
#include "bus/wire.hpp"
#include "core/activity.hpp"
#include "core/ids.hpp"

#include <org.scx.Mitosis.Cell.adaptor.hpp>
#include <org.scx.Mitosis.CellMetrics.adaptor.hpp>
#include <sdbus-c++/AdaptorInterfaces.h>
#include <sdbus-c++/IConnection.h>
#include <sdbus-c++/StandardInterfaces.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace mitosis::bus {

class CellObject final
    : public sdbus::AdaptorInterfaces<org::scx::Mitosis::Cell_adaptor,
                                      org::scx::Mitosis::CellMetrics_adaptor,
                                      sdbus::ManagedObject_adaptor, sdbus::Properties_adaptor> {
public:
    /// `view` holds the cell; it outlives the object and stays where it is.
    CellObject(sdbus::IConnection &connection, const View &view, CellId id);
    ~CellObject();

    [[nodiscard]] CellId id() const { return id_; }
    /// As it was signalled last: what a change is measured against.
    [[nodiscard]] const CellView &signalled() const { return signalled_; }

    void announce();
    void withdraw();
    /// Signals what differs from `signalled()`.
    void signal_changes();

private:
    [[nodiscard]] const CellView &cell() const;
    [[nodiscard]] const CellCounters &counters() const { return cell().status.counters; }

    std::uint32_t Id() override { return index_of(id_); }
    std::uint64_t InstanceId() override { return cell().status.cell.instance; }
    std::string Kind() override { return id_ == root_cell ? "root" : "workload"; }
    std::string CGroup() override { return cell().status.cell.path; }
    std::uint64_t CGroupId() override;
    std::vector<std::uint32_t> Cpus() override;
    std::vector<std::uint32_t> BorrowableCpus() override;
    std::vector<std::uint32_t> RequestedCpus() override;
    std::vector<std::uint32_t> Llcs() override;
    std::map<std::string, sdbus::Variant> Claim() override;
    std::uint64_t CreationTimestamp() override { return cell().created_realtime_us; }
    std::uint64_t CreationTimestampMonotonic() override;

    std::uint64_t SampleTimestampMonotonic() override { return to_us(view_.sampled_at); }
    double Utilization() override { return cell().status.utilization; }
    double SmoothedUtilization() override { return smoothed_utilization(cell().status).value(); }
    std::map<std::string, double> Ratios() override { return to_wire(cell().activity); }
    double DemandCpus() override { return cell().status.load.due; }
    std::uint64_t CPUUsageNSec() override { return counters().run_ns; }
    std::uint64_t DispatchLocal() override { return counters().dispatch_local; }
    std::uint64_t DispatchCpuQueue() override { return counters().dispatch_cpu_queue; }
    std::uint64_t DispatchCellQueue() override { return counters().dispatch_cell_queue; }
    std::uint64_t DispatchBorrowed() override { return counters().dispatch_borrowed; }
    std::uint64_t AffinityViolations() override { return counters().affinity_violations; }
    std::uint64_t BorrowedNSec() override { return counters().borrowed_ns; }
    std::uint64_t LentNSec() override { return counters().lent_ns; }
    std::uint64_t Reclaims() override { return counters().reclaims; }
    std::uint64_t ReclaimNSec() override { return counters().reclaim_ns; }
    std::uint64_t ReclaimMaxNSec() override { return counters().reclaim_max_ns; }
    std::uint64_t Steals() override { return counters().steals; }
    std::uint64_t PrivateSteals() override { return counters().private_steals; }
    std::uint64_t MultiCpuPins() override { return counters().multicpu_pins; }
    std::uint64_t PinSkips() override { return counters().pin_skips; }
    std::uint64_t SliceShrinks() override { return slice_shrinks(counters()); }
    std::uint64_t SliceShrinksAtMax() override { return counters().slice_shrink_max; }
    std::uint64_t SliceShrinksProportional() override
    {
        return counters().slice_shrink_proportional;
    }
    std::uint64_t SliceShrinksAtMin() override { return counters().slice_shrink_min; }
    std::uint64_t WaitNSec() override { return counters().wait_ns; }
    std::uint64_t Waits() override { return counters().waits; }
    std::uint64_t WaitMaxNSec() override { return counters().wait_max_ns; }
    std::vector<std::uint64_t> WaitHistogram() override;

    const View &view_;
    CellId id_;
    CellView signalled_;
};

} // namespace mitosis::bus
