#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The unit file is one that systemd understands without a complaint, and lets the service do little.
# Usage: unit_file.sh UNIT PROGRAM
set -u -o pipefail
unit=${1:?usage: unit_file.sh UNIT PROGRAM}
program=$(realpath "${2:?usage: unit_file.sh UNIT PROGRAM}") || exit 1

# systemd-analyze wants the programs of ExecStart= to exist; here they are not installed yet.
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
sed -E "s|^(Exec[A-Za-z]+=)/[^ ]*/scx-mitosis|\1$program|" "$unit" >"$folder/scx-mitosis.service"

# The manual pages are not installed either.
complaints=$(systemd-analyze verify --man=no "$folder/scx-mitosis.service" 2>&1)
status=$?
if ((status != 0)) || [[ -n $complaints ]]; then
    printf '%s\n' "$complaints" "systemd-analyze verify: exit status $status"
    exit 1
fi

# The scale is 0 to 100 here, 10 is an exposure of 1.0.
systemd-analyze security --offline=yes --threshold=10 --no-pager "$folder/scx-mitosis.service" ||
    exit 1
