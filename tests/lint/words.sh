#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Words that have no place in the tree: paths and hosts of somebody's machine anywhere; in C++ code
# swallowed exceptions, macros, waits (tests may poll) and unfinished work.
set -u -o pipefail
# shellcheck source=tests/lint/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
enter "${1:?usage: words.sh SOURCE_ROOT}"

# forbid WHY PATTERN FILE...: no line of the files matches the extended regular expression.
forbid() {
    local why=$1 pattern=$2 hit
    shift 2
    while read -r hit; do
        complain "$hit   <- $why"
    done < <(grep -nIHE -- "$pattern" "$@" </dev/null)
}

mapfile -t everything < <(all_files | grep -vxE 'LICENSE|tests/lint/words\.sh')
mapfile -t code < <(files_like 'src/*.[hic]pp' 'tests/*.[hic]pp')
mapfile -t product < <(files_like 'src/*.[hic]pp')
mapfile -t finished < <({
    files_like '*.[hic]pp' '*.c' '*.h' '*meson.build' '*.xml'
    scripts
    python_scripts
} | grep -vx 'tests/lint/words.sh' | sort -u)

forbid 'a path of one machine' '(^|[^A-Za-z0-9_.-])/(home|Users)/[A-Za-z0-9_.]' "${everything[@]}"
forbid 'the path of this checkout' "${PWD//[.+*?()|]/\\&}(/|[^A-Za-z0-9_.-]|\$)" "${everything[@]}"
forbid 'a host of one network' '[a-z]+://[^ /]*(registry|artifactory|nexus|proxy|mirror)[^ /]*' \
    "${everything[@]}"
forbid 'swallows every exception' 'catch \(\.\.\.\)' "${code[@]}"
forbid 'a macro' '^[[:space:]]*#[[:space:]]*define' "${code[@]}"
forbid 'a blind wait' '(sleep_for|sleep_until|usleep|nanosleep)\(' "${product[@]}"
forbid 'unfinished' '\b(TODO|FIXME|XXX|HACK)\b' "${finished[@]}"
conclude "${#everything[@]}"
