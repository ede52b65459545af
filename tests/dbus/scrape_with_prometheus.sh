#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Runs Prometheus with FOLDER/prometheus.yml until a query has a result, prints that and ends it.
# Usage: scrape_with_prometheus.sh FOLDER QUERY SECONDS
set -u -o pipefail
folder=${1:?usage: scrape_with_prometheus.sh FOLDER QUERY SECONDS}
query=${2:?} limit=${3:?}

# A port that is free now.
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
prometheus --config.file="$folder/prometheus.yml" --storage.tsdb.path="$folder/data" \
    --web.listen-address="127.0.0.1:$port" >"$folder/log" 2>&1 &
prometheus=$!
trap 'kill $prometheus; wait $prometheus' EXIT

deadline=$((SECONDS + limit))
until result=$(curl -sS --max-time 5 --get --data-urlencode "query=$query" \
    "http://127.0.0.1:$port/api/v1/query" 2>/dev/null) && [[ $result == *'"metric"'* ]]; do
    if ((SECONDS > deadline)) || ! kill -0 "$prometheus"; then
        cat "$folder/log" >&2
        exit 1
    fi
    sleep 0.1
done
printf '%s\n' "$result"
