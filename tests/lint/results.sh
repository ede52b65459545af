#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# That the closing line of ./dev test counts what was logged, and that nothing unrun passes in CI.
set -u -o pipefail
# shellcheck source=tests/lint/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
enter "${1:?usage: results.sh SOURCE_ROOT}"
root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/build/meson-logs"
cd "$work" || exit
checked=0

# log SUITE CASE...: what meson writes of a suite; a CASE is NAME, or NAME=failure|skipped.
log() {
    local suite=$1 case inner
    shift
    {
        printf '<testsuites><testsuite name="%s">' "$suite"
        for case; do
            inner=''
            [[ $case != *=* ]] || inner="<${case#*=}/>"
            printf '<testcase name="%s" classname="%s">%s</testcase>' "${case%=*}" "$suite" "$inner"
        done
        printf '</testsuite></testsuites>'
    } >"build/meson-logs/suite-$suite.junit.xml"
}

# expect CI STATUS LINE [FAILED_SUITE...]
expect() {
    local ci=$1 status=$2 line=$3 said found=0
    shift 3
    said=$(CI=$ci "$root/tests/count-results" allowed "$@") || found=$?
    checked=$((checked + 1))
    [[ $found == "$status" && $(tail -n 1 <<<"$said") == "$line" ]] ||
        complain "CI=$ci: status $found and '$said' instead of $status and '$line'"
}

echo 'told: there is no such machine' >allowed
expect '' 1 '0 passed, 0 failed'
log unit a b
expect '' 0 '2 passed, 0 failed'
log vm c d=failure
expect '' 1 '3 passed, 1 failed' vm
log vm c told=skipped
expect true 0 '3 passed, 0 failed, 1 skipped'
log vm c untold=skipped
expect '' 0 '3 passed, 0 failed, 1 skipped'
expect true 1 '3 passed, 1 failed'
log vm c
expect '' 1 '3 passed, 1 failed' vm   # a program that crashed before it could report
expect '' 1 '3 passed, 1 failed' lint # a suite that did not run
conclude "$checked"
