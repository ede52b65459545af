#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Every shell script passes shellcheck, sourced files followed, and none asks a pipe with grep -q,
# which ends at the first match: what still writes then fails, and with pipefail so does the pipe.
set -u -o pipefail
# shellcheck source=tests/lint/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
enter "${1:?usage: shell.sh SOURCE_ROOT}"

mapfile -t files < <(scripts)
shellcheck --external-sources --source-path=SCRIPTDIR --source-path=. "${files[@]}" ||
    complain 'shellcheck: see above'
while read -r line; do
    complain "$line: grep -q ends before what writes to it; use grep ... >/dev/null"
done < <(grep -nE '[^|]\| *grep +(-[^ ]+ +)*-[a-zA-Z]*q' "${files[@]}" | cut -d : -f 1,2)
conclude "${#files[@]}"
