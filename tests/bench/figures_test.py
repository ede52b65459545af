# SPDX-License-Identifier: GPL-2.0-only
"""The figures of ./dev bench, from records made by hand."""

import unittest

import figures


def record(contestant, measure, value):
    return {"boot": 1, "contestant": contestant, "measure": measure, "value": value}


def program(name, ns, calls):
    return {"name": name, "ns": ns, "calls": calls, "jited": 100}


COUNT = {"before": [program("x_running", 1000, 10), program("x_dispatch", 0, 0)],
         "after": [program("x_running", 3000, 30), program("x_dispatch", 8000, 20),
                   program("x_init", 2000, 0)],
         "switches": 40}


class Figures(unittest.TestCase):
    def figure(self, title, records, contestant="ours"):
        return figures.figures(records, ["eevdf", "ours"])[title][contestant]

    def test_median_of_several_runs(self):
        records = [record("ours", "pipe", seconds) for seconds in (3.0, 1.0, 2.0)]
        self.assertEqual(self.figure("pipe, seconds", records), 2.0)

    def test_fewer_seconds_are_more_speed(self):
        records = [record("eevdf", "pipe", 3.0), record("ours", "pipe", 2.0)]
        self.assertEqual(self.figure("pipe, speed of eevdf's", records), 1.5)

    def test_more_operations_are_more_rate(self):
        records = [record("eevdf", "switch", 3.0), record("ours", "switch", 6.0)]
        self.assertEqual(self.figure("stress-ng switch, rate of eevdf's", records), 2.0)

    def test_nothing_to_compare_with_is_no_figure(self):
        self.assertIsNone(self.figure("pipe, speed of eevdf's", [record("ours", "pipe", 2.0)]))

    def test_probe_in_microseconds(self):
        probe = {"p50": 64500, "p99": 2, "max": 3, "run_delay_per_wakeup": 4}
        self.assertEqual(
            self.figure("  p50, us", [record("ours", "probe-hogs", probe)]), 64.5)

    def test_what_all_programs_spent_between_the_two_looks(self):
        records = [record("ours", "bpf-pipe", COUNT)]
        self.assertEqual(self.figure("BPF ns a task switched in, pipe", records), 12000 / 20)
        self.assertEqual(
            self.figure("BPF ns a context switch (idle's too), pipe", records), 12000 / 40)

    def test_programs_that_were_called(self):
        found = figures.programs([record("ours", "bpf-pipe", COUNT)] * 2, "ours", "bpf-pipe")
        self.assertEqual([(p["name"], p["ns_per_call"], p["calls_per_switch"]) for p in found],
                         [("x_dispatch", 400, 0.5), ("x_running", 100, 0.5)])

    def test_table_leaves_out_what_nobody_has(self):
        text = figures.table([record("ours", "pipe", 2.0)], ["eevdf", "ours"])
        self.assertIn("pipe, seconds", text)
        self.assertNotIn("hackbench", text)


if __name__ == "__main__":
    unittest.main()
