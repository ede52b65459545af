#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The tests that documents name exist: `Suite.Name` or "Suite.Name", where an ellipsis or an asterisk
# stands for any letters.
set -u -o pipefail
# shellcheck source=tests/lint/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
enter "${1:?usage: citations.sh SOURCE_ROOT}"

mapfile -t sources < <(files_like 'tests/*.cpp')
mapfile -t documents < <(files_like 'docs/*.md' 'tests/vm/hazards.md')

# tests: "Suite.Name" of every test.
tests() {
    tr '\n' ' ' <<<"$(cat "${sources[@]}")" |
        grep -oE '\b(TEST|TEST_F|TEST_P|RC_GTEST_PROP|RC_GTEST_FIXTURE_PROP)\( *[A-Za-z0-9_]+, *[A-Za-z0-9_]+' |
        sed -E 's/^[A-Z_]+\( *//; s/, */./'
}
known=$(tests)

# citations FILE: "LINE:Suite.Name" as the document has it, between backticks or quotes.
citations() {
    local name='([A-Z][A-Za-z0-9]*|…)\.([A-Z][A-Za-z0-9]*)?(…|\*)?'
    grep -noE "[\`\"]${name}[\`\"]" "$1" | tr -d '`"'
}

checked=0
for document in "${documents[@]}"; do
    while IFS=: read -r line citation; do
        pattern=${citation//./\\.}
        pattern=${pattern//\*/[A-Za-z0-9]*}
        pattern=${pattern//…/[A-Za-z0-9.]*}
        grep -qxE "$pattern" <<<"$known" ||
            complain "$document:$line: there is no test $citation"
        checked=$((checked + 1))
    done < <(citations "$document")
done
conclude "$checked"
