#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Checks every include under src/ against the layer table of docs/architecture.md, that core and
# engine read no clock, and that x.cpp includes x.hpp first (so every header compiles alone).
set -u -o pipefail
# shellcheck source=tests/lint/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
enter "${1:?usage: layers.sh SOURCE_ROOT}"

# What a folder may include of the project: extended regular expressions over the quoted path.
declare -A project=(
    [core]='core/'
    [engine]='(core|engine)/'
    [config]='(core|config)/'
    [sys]='(core|sys)/|engine/ports\.hpp$'
    [sched]='(core|sched)/|engine/ports\.hpp$|sys/unique_fd\.hpp$|bpf/(intf|dsq)\.h$|[^/]*\.skel\.h$'
    [bus]='(core|bus)/|engine/ports\.hpp$|[^/]*[-_.]adaptor\.h(pp)?$'
    [stats]='(core|stats)/'
    [daemon]='(core|engine|config|sys|sched|bus|stats|daemon)/|[^/]*version\.h(pp)?$'
    [ctl]='(core|ctl)/|sys/hwloc_topology\.hpp$|stats/client\.hpp$|stats/(pace|protocol)\.hpp$|[^/]*[-_.]proxy\.h(pp)?$|[^/]*version\.h(pp)?$'
    [exporter]='(ctl|exporter)/|[^/]*version\.h(pp)?$'
)
# What it may include besides the C++ standard library: the same over the bracketed path.
libc='[a-z_]+\.h$|(sys|linux|asm|arpa|netinet)/[a-z_]+\.h$'
declare -A libraries=(
    [core]='^fnmatch\.h$' # pure: a pattern against a name
    [engine]='^$'
    [config]='toml\+\+/|CLI/'
    [sys]="$libc"
    [sched]="$libc|bpf/"
    [bus]="$libc|sdbus-c\+\+/|systemd/sd-(bus(-protocol)?|event)\.h$|org\.scx\.[A-Za-z.]+\.adaptor\.hpp$"
    [stats]="$libc|nlohmann/|systemd/sd-event\.h$"
    [daemon]="$libc|spdlog/|systemd/|CLI/|sdbus-c\+\+/|bpf/"
    [ctl]="$libc|ftxui/|sdbus-c\+\+/|systemd/sd-bus\.h$|CLI/|nlohmann/|org\.scx\.[A-Za-z.]+\.proxy\.hpp$"
    [exporter]="$libc|CLI/|systemd/sd-daemon\.h$|microhttpd\.h$"
)
# Parts of the standard library that do I/O.
io='iostream|fstream|filesystem|cstdio|print|syncstream|thread|mutex'

check_include() {
    local where=$1 folder=$2 delimiter=$3 path=$4
    if [[ $delimiter == '"' ]]; then
        [[ $path =~ ^(${project[$folder]}) ]] ||
            complain "$where: $folder must not include \"$path\""
    elif [[ $path == */* || $path == *.h || $path == *.hpp ]]; then
        [[ $path =~ ^(${libraries[$folder]}) ]] ||
            complain "$where: $folder must not include <$path>"
    elif [[ $folder =~ ^(core|engine)$ && $path =~ ^($io)$ ]]; then
        complain "$where: $folder does no I/O, so not <$path>"
    fi
}

check_own_header_first() {
    local file=$1 own=${1%.cpp}.hpp first
    [[ $file == *.cpp && -f $own ]] || return 0
    first=$(sed -nE 's/^#include ["<]([^">]+)[">].*/\1/p;' "$file" | head -n 1)
    [[ $first == "${own#src/}" ]] || complain "$file: its own header is not its first include"
}

check_clock() {
    local file=$1 line
    [[ $file =~ ^src/(core|engine)/ ]] || return 0
    while IFS=: read -r line _; do
        complain "$file:$line: time is an argument in core and engine"
    done < <(grep -nE '(_clock|Clock)::now\(' "$file")
}

checked=0
while read -r file; do
    folder=${file#src/}
    folder=${folder%%/*}
    if [[ -z ${project[$folder]:-} ]]; then
        complain "$file: $folder is not in the layer table"
        continue
    fi
    check_own_header_first "$file"
    check_clock "$file"
    while IFS=: read -r line text; do
        [[ $text =~ ^[[:space:]]*\#[[:space:]]*include[[:space:]]*([\"<])([^\">]+) ]] || continue
        check_include "$file:$line" "$folder" "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
    done < <(grep -nE '^[[:space:]]*#[[:space:]]*include' "$file")
    checked=$((checked + 1))
done < <(files_like 'src/*.[hic]pp' 'src/*.h')
conclude "$checked"
