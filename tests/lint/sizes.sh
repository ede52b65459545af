#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# No file longer than 400 lines, no function longer than 60, no test body longer than 30. Functions
# are found by the house's formatting: braces of a free function stand in column one. (clang-tidy
# measures C++ functions too; this also covers BPF and shell.)
set -u -o pipefail
# shellcheck source=tests/lint/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
enter "${1:?usage: sizes.sh SOURCE_ROOT}"

readonly max_file=400 max_function=60 max_test=30

check_file() {
    local lines
    lines=$(wc -l <"$1")
    ((lines <= max_file)) || complain "$1: $lines lines, more than $max_file"
}

# One finding a line for every body longer than its limit; the lines of the braces do not count.
long_functions() {
    awk -v file="$1" -v max="$max_function" -v max_test="$max_test" '
        /^(\{|[A-Za-z_:]+[A-Za-z_0-9:.-]*\(\) \{)$/ {
            start = NR
            name = ($0 == "{") ? head : $0
            next
        }
        /^\}/ && start {
            limit = (name ~ /^(TEST|TEST_F|TEST_P|TYPED_TEST|RC_GTEST_PROP)/) ? max_test : max
            if (NR - start - 1 > limit)
                printf "%s:%d: %d lines, more than %d: %s\n", file, start, NR - start - 1, limit, name
            start = 0
        }
        /^[A-Za-z_]/ { head = $0 }
    ' "$1"
}

checked=0
while read -r file; do
    check_file "$file"
    while read -r finding; do
        complain "$finding"
    done < <(long_functions "$file")
    checked=$((checked + 1))
done < <({
    files_like '*.[hic]pp' '*.c' '*.h'
    scripts
    python_scripts
} | sort -u)
conclude "$checked"
