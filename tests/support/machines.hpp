// SPDX-License-Identifier: GPL-2.0-only
// Real machines, written from public facts in hwloc's synthetic notation. What that notation cannot
// say, since it is symmetric, is in tests/data/topologies.
#pragma once

#include <array>
#include <string_view>

namespace mitosis::test {

struct Machine {
    std::string_view name;
    std::string_view synthetic;
    unsigned cpus;
    unsigned llcs;
    unsigned nodes;
};

inline constexpr std::array machines{
    // AMD EPYC 7742 (Zen 2): 64 cores, four to a core complex with 16 MB of L3 (AMD EPYC 7002
    // Series
    // data sheet; AMD, HPC Tuning Guide for EPYC 7002, 2.1).
    Machine{"epyc-7742", "pack:1 l3:16 core:4 pu:2", 128, 16, 1},
    Machine{"two-epyc-7742", "pack:2 numa:1 l3:16 core:4 pu:2", 256, 32, 2},
    // Intel Xeon Platinum 8480+: 56 cores; with sub-NUMA clustering in four, each quarter is a NUMA
    // node with its part of the L3 (Intel ARK, product 231746; Intel Xeon Scalable tuning guide).
    Machine{"two-xeon-8480-snc4", "pack:2 numa:4 l3:1 core:14 pu:2", 224, 8, 8},
    // Ampere Altra Q80-30: 80 cores without SMT, 1 MB of private L2 each; its system cache is no
    // level of the cores' hierarchy (Ampere Altra data sheet).
    Machine{"altra-q80", "pack:1 l2:80 core:1 pu:1", 80, 80, 1},
    // IBM POWER10 in a scale-out server: up to 15 cores with eight threads and an 8 MB L3 region
    // each
    // (IBM Redbook REDP-5675, chapter 2); here 12 of them.
    Machine{"power10-smt8", "pack:1 l3:12 core:1 pu:8", 96, 12, 1},
    // A guest whose hypervisor shows no cache (QEMU's -cpu with l3-cache=off on a model without
    // L2).
    Machine{"guest-without-cache", "pack:1 core:8 pu:1", 8, 1, 1},
};

} // namespace mitosis::test
