#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Every source file opens with its licence: in the first line, or right after an interpreter line or
# an XML declaration.
set -u -o pipefail
# shellcheck source=tests/lint/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
enter "${1:?usage: spdx.sh SOURCE_ROOT}"

readonly licence='SPDX-License-Identifier: GPL-2.0-only'

checked=0
while read -r file; do
    head -n 3 "$file" | grep -vE '^(#!|<\?xml|<!DOCTYPE|$)' | head -n 1 | grep -F "$licence" >/dev/null ||
        complain "$file:1: does not open with $licence"
    checked=$((checked + 1))
done < <({
    # hwloc's own reader knows no comments, so the topologies carry the licence as an attribute.
    files_like '*.[hic]pp' '*.c' '*.h' 'dbus/*.xml' '*.toml' '*.in' '*.conf' '*.sysusers' \
        '*meson.build' meson.options
    scripts
    python_scripts
} | sort -u)
conclude "$checked"
