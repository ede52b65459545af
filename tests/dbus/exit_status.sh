#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What the process itself ends with, in TAP: the statuses that need no scheduler in the kernel. The
# scenarios in tests/vm see the others.
# Usage: exit_status.sh PROGRAM
set -u -o pipefail
readonly program=${1:?usage: exit_status.sh PROGRAM}
count=0

# ends_with STATUS WHAT COMMAND...
ends_with() {
    local wanted=$1 what=$2 status=0 said
    shift 2
    said=$("$@" 2>&1) || status=$?
    printf '# status %d: %s\n' "$status" "${said//$'\n'/$'\n# '}"
    ((status == wanted)) || printf 'not '
    printf 'ok %d - %d, %s\n' $((++count)) "$wanted" "$what"
}

printf '1..6\n'
ends_with 0 'it did what it was asked' "$program" --version
ends_with 64 'wrong usage' "$program" --no-such-option
ends_with 78 'a refused variable' env SCX_TIMEOUT_MS=often "$program"
ends_with 78 'a refused configuration' "$program" --enable-work-stealing=true \
    --enable-llc-awareness=false
# One descriptor for the program's libraries and files; its event loop wants more.
ends_with 70 'an internal error' prlimit --nofile=4 "$program"
if [[ -e /sys/kernel/sched_ext ]]; then
    printf 'ok %d - 69, no sched_ext # SKIP this kernel has it\n' $((++count))
else
    ends_with 69 'no sched_ext' "$program"
fi
