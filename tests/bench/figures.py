# SPDX-License-Identifier: GPL-2.0-only
"""From what the guest reported to the figures that are shown. Pure: no files, no clock.

A record is {"boot", "contestant", "measure", "value"}, in the order of the runs. The value is a
number, or an object of the wakeup probe (nanoseconds) or of a count of BPF programs. Of several
runs the median counts; a figure that was not measured is None.
"""

from statistics import median

BASELINE = "eevdf"


def values(records, contestant, measure):
    return [r["value"] for r in records
            if r["contestant"] == contestant and r["measure"] == measure]


def middle(numbers):
    return median(numbers) if numbers else None


def number(measure):
    return lambda records, contestant: middle(values(records, contestant, measure))


def probe_us(measure, key):
    return lambda records, contestant: middle(
        [value[key] / 1000 for value in values(records, contestant, measure)])


def speed(measure):
    """Of the baseline's, for what is measured in seconds."""
    def ratio(records, contestant):
        own, base = (middle(values(records, name, measure)) for name in (contestant, BASELINE))
        return base / own if own and base else None
    return ratio


def rate(measure):
    """Of the baseline's, for what is measured in operations per second."""
    def ratio(records, contestant):
        own, base = (middle(values(records, name, measure)) for name in (contestant, BASELINE))
        return own / base if own and base else None
    return ratio


def per_switch(measure):
    """By the kernel's count of context switches, which has those to the idle task in it."""
    return lambda records, contestant: middle(
        [sum(p["ns"] for p in spent(value)) / value["switches"]
         for value in values(records, contestant, measure)])


def per_task(measure):
    """By the times a task of the scheduler was put on a CPU: the stricter figure."""
    def cost(value):
        runs = sum(p["calls"] for p in spent(value) if p["name"].endswith("_running"))
        return sum(p["ns"] for p in spent(value)) / runs if runs else None
    return lambda records, contestant: middle(
        [ns for ns in map(cost, values(records, contestant, measure)) if ns is not None])


ROWS = [
    ("pipe, seconds", number("pipe"), "{:.4f}"),
    ("pipe, speed of eevdf's", speed("pipe"), "{:.3f}"),
    ("hackbench, seconds", number("hackbench"), "{:.3f}"),
    ("hackbench, speed of eevdf's", speed("hackbench"), "{:.3f}"),
    ("stress-ng switch, rate of eevdf's", rate("switch"), "{:.3f}"),
    ("probe idle: p50, us", probe_us("probe-idle", "p50"), "{:.1f}"),
    ("probe idle: p99, us", probe_us("probe-idle", "p99"), "{:.1f}"),
    ("probe idle: run delay a wakeup, us", probe_us("probe-idle", "run_delay_per_wakeup"),
     "{:.3f}"),
    ("probe, 8 hogs in b: run delay a wakeup, us",
     probe_us("probe-hogs", "run_delay_per_wakeup"), "{:.3f}"),
    ("  idle share of the machine meanwhile", number("idle-share"), "{:.4f}"),
    ("  p50, us", probe_us("probe-hogs", "p50"), "{:.1f}"),
    ("  p99, us", probe_us("probe-hogs", "p99"), "{:.1f}"),
    ("  max, us", probe_us("probe-hogs", "max"), "{:.1f}"),
    ("  as chrt -f 50: p50, us", probe_us("probe-fifo", "p50"), "{:.1f}"),
    ("  as chrt -f 50: p99, us", probe_us("probe-fifo", "p99"), "{:.1f}"),
    ("BPF ns a task switched in, pipe", per_task("bpf-pipe"), "{:.0f}"),
    ("BPF ns a task switched in, probe and hogs", per_task("bpf-hogs"), "{:.0f}"),
    ("BPF ns a context switch (idle's too), pipe", per_switch("bpf-pipe"), "{:.0f}"),
    ("BPF ns a context switch, probe and hogs", per_switch("bpf-hogs"), "{:.0f}"),
    ("systemctl start, seconds", number("start"), "{:.2f}"),
    ("  of which start of the process to attached", number("attach"), "{:.2f}"),
    ("instructions verified", number("verified-instructions"), "{:.0f}"),
    ("map memory, kB", lambda r, c: (lambda b: b and b / 1024)(number("map-bytes")(r, c)),
     "{:.0f}"),
]


def spent(count):
    """What each program did between the two looks of a count, by name."""
    before = {p["name"]: p for p in count["before"]}
    nothing = {"ns": 0, "calls": 0}
    return [{"name": p["name"], "jited": p["jited"],
             "ns": p["ns"] - before.get(p["name"], nothing)["ns"],
             "calls": p["calls"] - before.get(p["name"], nothing)["calls"]}
            for p in sorted(count["after"], key=lambda p: p["name"])]


def programs(records, contestant, measure):
    """Of all counts together: [{name, jited, ns_per_call, calls_per_switch}] of what was called."""
    counts = values(records, contestant, measure)
    switches = sum(count["switches"] for count in counts)
    total = {}
    for program in (p for count in counts for p in spent(count)):
        sums = total.setdefault(program["name"], {"jited": program["jited"], "ns": 0, "calls": 0})
        sums["ns"] += program["ns"]
        sums["calls"] += program["calls"]
    return [{"name": name, "jited": sums["jited"], "ns_per_call": sums["ns"] / sums["calls"],
             "calls_per_switch": sums["calls"] / switches}
            for name, sums in total.items() if sums["calls"]]


def figures(records, contestants):
    """{row: {contestant: figure or None}}, rows in the order they are shown."""
    return {title: {name: figure(records, name) for name in contestants}
            for title, figure, _ in ROWS}


def table(records, contestants):
    """The figures as text, without the rows that nobody has."""
    lines = [" " * 44 + "".join(f"{name:>14}" for name in contestants)]
    for title, figure, shape in ROWS:
        row = [figure(records, name) for name in contestants]
        if any(value is not None for value in row):
            cells = ["-" if value is None else shape.format(value) for value in row]
            lines.append(f"{title:<44}" + "".join(f"{cell:>14}" for cell in cells))
    return "\n".join(lines)


def program_table(records, contestants):
    """What each BPF program costs, for each contestant and kind of work."""
    lines = []
    for contestant in contestants:
        for measure in ("bpf-pipe", "bpf-hogs"):
            found = programs(records, contestant, measure)
            if found:
                lines.append(f"{contestant}, {measure[4:]}: program, ns a call, calls and ns a "
                             "context switch, bytes of machine code")
            for p in sorted(found, key=lambda p: -p["ns_per_call"] * p["calls_per_switch"]):
                lines.append(f"  {p['name']:<26}{p['ns_per_call']:>10.0f}"
                             f"{p['calls_per_switch']:>9.3f}"
                             f"{p['ns_per_call'] * p['calls_per_switch']:>9.0f}{p['jited']:>8}")
    return "\n".join(lines)
