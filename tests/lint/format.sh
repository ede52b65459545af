#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Every C++ and BPF file is as clang-format leaves it (bpf/ has its own style file).
set -u -o pipefail
# shellcheck source=tests/lint/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
enter "${1:?usage: format.sh SOURCE_ROOT}"

mapfile -t files < <(files_like 'src/*.[hic]pp' 'tests/*.[hic]pp' 'bpf/*.c' 'bpf/*.h')
if ! clang-format-19 --dry-run -Werror --ferror-limit=3 "${files[@]}"; then
    complain 'the files named above: run clang-format-19 -i on them'
fi
conclude "${#files[@]}"
