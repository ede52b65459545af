#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The alert rules say what their tests expect; rules and dashboard use only metrics that the
# exporter's page documents, and every query of the dashboard parses.
# Usage: monitoring.sh SOURCE_ROOT
set -u -o pipefail
cd "${1:?usage: monitoring.sh SOURCE_ROOT}" || exit 1
page=man/scx-mitosis-exporter.8.scd
dashboard=monitoring/grafana-dashboard.json
wrong=0
complain() {
    printf '%s\n' "$*"
    wrong=1
}

promtool check rules monitoring/alerts.yml || wrong=1
(cd monitoring && promtool test rules alerts_test.yml) || wrong=1

queries=$(python3 -c '
import json, sys
for panel in json.load(open(sys.argv[1]))["panels"]:
    for target in panel["targets"]:
        print(target["expr"])' "$dashboard") || complain "$dashboard is not what Grafana reads"
while IFS= read -r query; do
    # Grafana puts its variables in before Prometheus sees them.
    # shellcheck disable=SC2016  # Grafana's variables, not ours
    plain=$(sed -E 's/\$__(rate_interval|range)/5m/g; s/\$[a-z]+/x/g' <<<"$query")
    promtool promql --experimental format -- "$plain" >/dev/null || complain "does not parse: $query"
done <<<"$queries"

families=$(grep -ohE 'scx_mitosis_[a-z_]+' monitoring/alerts.yml "$dashboard" |
    sed -E 's/_(total|bucket)$//' | sort -u)
for family in $families; do
    grep -q "^\*$family\*" "$page" || complain "$family is not described in $page"
done

# The example of a configuration in the page, as man(1) shows it: "++" ends a line.
example=$(mktemp)
trap 'rm -f "$example"' EXIT
sed -n '/^In prometheus.yml:$/,/^#/p' "$page" | sed -n '/scrape_configs/,/alerts.yml/p' |
    sed -E 's/^\t//; s/\+\+$//' >"$example"
promtool check config --syntax-only "$example" || complain "$page has a wrong example"
while IFS= read -r address; do
    grep -q "^ListenStream=$address\$" systemd/scx-mitosis-exporter.socket ||
        complain "nothing listens on $address, which $page names"
done < <(grep -ohE '127\.0\.0\.1:[0-9]+' "$page" | sort -u)
exit "$wrong"
