#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Every shell script passes shellcheck, sourced files followed.
set -u -o pipefail
# shellcheck source=tests/lint/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
enter "${1:?usage: shell.sh SOURCE_ROOT}"

mapfile -t files < <(scripts)
shellcheck --external-sources --source-path=SCRIPTDIR --source-path=. "${files[@]}" ||
    complain 'shellcheck: see above'
conclude "${#files[@]}"
