#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The exporter's units are ones that systemd understands without a complaint, and let it do next to
# nothing. Usage: exporter_unit.sh SERVICE SOCKET PROGRAM
set -u -o pipefail
service=${1:?usage: exporter_unit.sh SERVICE SOCKET PROGRAM}
socket=${2:?} program=$(realpath "${3:?}") || exit 1

# systemd-analyze wants the programs of ExecStart= to exist; here they are not installed yet.
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
sed -E "s|^(ExecStart=).*|\1$program|" "$service" >"$folder/scx-mitosis-exporter.service"
cp "$socket" "$folder/scx-mitosis-exporter.socket"

complaints=$(systemd-analyze verify --man=no "$folder/scx-mitosis-exporter.socket" \
    "$folder/scx-mitosis-exporter.service" 2>&1)
status=$?
if ((status != 0)) || [[ -n $complaints ]]; then
    printf '%s\n' "$complaints" "systemd-analyze verify: exit status $status"
    exit 1
fi

# The scale is 0 to 100 here, 4 is an exposure of 0.4: it speaks to the bus (AF_UNIX) and to whoever
# scrapes it (no list of addresses), has the system's root, and ProtectClock= names a device.
systemd-analyze security --offline=yes --threshold=4 --no-pager \
    "$folder/scx-mitosis-exporter.service" || exit 1
