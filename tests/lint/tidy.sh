#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# clang-tidy over every project source that the build compiles. A file that passed is not looked at
# again until it, a header it includes, its command line, .clang-tidy or the tool changes:
# $SCX_MITOSIS_CACHE/tidy, else BUILD_DIR/lint-cache, holds one empty file for each pass, up to a
# month after it was last of use.
# Usage: tidy.sh SOURCE_ROOT BUILD_DIR MODULE, which is tests/lint/own_code.cpp as built.
set -u -o pipefail
# shellcheck source=tests/lint/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

tool=clang-tidy-19
# GCC's flags that clang does not have; and warnings are the compiler's own business, in the build, but
# for those that GCC lacks.
tool_options=(--quiet --extra-arg=-Wno-error --extra-arg=-Wno-everything
    --extra-arg=-Wreserved-identifier --extra-arg=-Wreserved-macro-identifier)

# tidy_one BUILD_DIR MODULE FILE PASS: prints what is wrong, remembers a pass.
tidy_one() {
    local build=$1 module=$2 file=$3 pass=$4 report
    if report=$("$tool" "${tool_options[@]}" --load="$module" -p "$build" "$file" 2>&1); then
        [[ ${pass##*/} == unknown ]] || : >"$pass"
    else
        printf '%s\n' "$report"
        return 1
    fi
}

# compiled_files BUILD_DIR: "SOURCE<tab>OBJECT<tab>COMMAND" of each C++ file inside the project.
compiled_files() {
    python3 - "$1" "$PWD" <<'PY'
import json, os, sys
build, root = os.path.realpath(sys.argv[1]), os.path.realpath(sys.argv[2])
seen = set()
for entry in json.load(open(os.path.join(build, 'compile_commands.json'))):
    path = os.path.realpath(os.path.join(entry['directory'], entry['file']))
    if path.startswith(build + os.sep) or not path.startswith(root + os.sep):
        continue
    if path.endswith('.cpp') and path not in seen:
        seen.add(path)
        print(os.path.relpath(path, root), entry['output'], entry['command'], sep='\t')
PY
}

# headers_of BUILD_DIR OBJECT: what ninja knows that its last compilation read, but for system headers.
headers_of() {
    ninja -C "$1" -t deps "$2" 2>/dev/null </dev/null | sed -nE 's/^    (\.\.\/.*|[^/].*)$/\1/p'
}

# key_of BUILD_DIR SOURCE OBJECT COMMAND: hash of all that the outcome depends on; "unknown" for a
# file that was not compiled yet, for its headers are not known.
key_of() {
    local build=$1 source=$2 object=$3 command=$4 headers
    mapfile -t headers < <(headers_of "$build" "$object")
    # tests/run-suites compiles the unit tests there only.
    ((${#headers[@]})) || mapfile -t headers < <(headers_of "$build-sanitized" "$object")
    if ((${#headers[@]} == 0)); then
        echo unknown
        return
    fi
    {
        printf '%s\n' "$tool_version" "${tool_options[*]}" "${command//"$PWD"/.}"
        (cd "$build" && sha256sum -- "${headers[@]}")
        sha256sum .clang-tidy tests/lint/own_code.cpp "$source"
    } | sha256sum | cut -d ' ' -f 1
}

if [[ ${1:-} == --one ]]; then
    enter "$2"
    tidy_one "$3" "$4" "$5" "$6"
    exit
fi

usage='usage: tidy.sh SOURCE_ROOT BUILD_DIR MODULE'
enter "${1:?$usage}"
build=${2:?$usage}
module=$(realpath -e -- "${3:?$usage}") || exit
# clang-tidy goes on without a module that it cannot load.
if "$tool" --load="$module" --version 2>&1 | grep 'load request ignored'; then exit 1; fi
# System headers are those of the packages installed.
tool_version=$({ "$tool" --version && dpkg --list; } | sha256sum) || exit 1
passes=${SCX_MITOSIS_CACHE:+$SCX_MITOSIS_CACHE/tidy}
passes=${passes:-$build/lint-cache}
mkdir -p "$passes"
find "$passes" -type f -mtime +30 -delete

checked=0
due=()
while IFS=$'\t' read -r source object command; do
    key=$(key_of "$build" "$source" "$object" "$command")
    touch --no-create "$passes/$key"
    [[ -e $passes/$key ]] || due+=("$source" "$passes/$key")
    checked=$((checked + 1))
done < <(compiled_files "$build")

printf '%d of %d files changed since they last passed\n' $((${#due[@]} / 2)) "$checked"
if ((${#due[@]})); then
    printf '%s\0' "${due[@]}" |
        xargs -0 -n 2 -P "$(nproc)" "${BASH_SOURCE[0]}" --one "$PWD" "$build" "$module" ||
        complain 'clang-tidy: see above'
fi
conclude "$checked"
