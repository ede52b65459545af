#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Every Python script compiles without a warning, uses what it imports, and keeps the house's limits
# (tests/lint/check_python.py).
set -u -o pipefail
# shellcheck source=tests/lint/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
enter "${1:?usage: python.sh SOURCE_ROOT}"

mapfile -t files < <(python_scripts)
findings=$(tests/lint/check_python.py "${files[@]}") || complain 'tests/lint/check_python.py failed'
while read -r finding; do
    complain "$finding"
done < <(grep . <<<"$findings")
conclude "${#files[@]}"
