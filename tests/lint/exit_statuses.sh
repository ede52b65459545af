#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The exit statuses are the same in the program, in its manual page and in the architecture's table,
# and systemd restarts the service after those of which the tables say so.
# Usage: exit_statuses.sh SOURCE_ROOT
set -u -o pipefail
shopt -s extglob
# shellcheck source=tests/lint/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
enter "${1:?usage: exit_statuses.sh SOURCE_ROOT}"

readonly source=src/daemon/exit_status.hpp page=man/scx-mitosis.8.scd
readonly architecture=docs/architecture.md unit=systemd/scx-mitosis.service.in

in_source() {
    sed -nE '/^enum class ExitStatus/,/^\};/s/^ +[a-z_]+ = ([0-9]+),.*/\1/p' "$source"
}

# "STATUS yes|no" of each: whether it is restarted after that.
in_page() {
    awk '/^# / { inside = ($0 == "# EXIT STATUS") }
        inside && /^\|  [0-9]+$/ { status = $2; cell = 0 }
        inside && /^:  / && ++cell == 2 { print status, substr($2, 1, 3) }' "$page" | tr -d ,
}
in_architecture() {
    sed -nE 's/^\| ([0-9]+) \| [^|]+ \| (yes|no)[ ,].*/\1 \2/p' "$architecture"
}

# Restart=on-failure leaves a service that ended with 0 alone; what systemd is told besides decides
# about the rest.
in_unit() {
    local prevented status
    prevented=$(sed -n 's/^RestartPreventExitStatus=//p' "$unit")
    for status in $(in_source); do
        case " 0 $prevented " in
        *" $status "*) echo "$status no" ;;
        *) echo "$status yes" ;;
        esac
    done
    for status in $prevented; do
        in_source | grep -x "$status" >/dev/null || echo "$status is no status of the program"
    done
}

# compare FILE STATUSES: with those of the manual page.
compare() {
    local difference
    difference=$(diff <(printf '%s\n' "$statuses") <(printf '%s\n' "$2")) ||
        complain "$1: other statuses than $page has: ${difference//$'\n'/; }"
}

statuses=$(in_page)
[[ $(in_source) == "${statuses// @(yes|no)/}" ]] ||
    complain "$source: has $(in_source | xargs), $page has ${statuses//$'\n'/, }"
compare "$architecture" "$(in_architecture)"
compare "$unit" "$(in_unit)"
grep -qx 'Restart=on-failure' "$unit" || complain "$unit: not restarted on failure"
! grep -q '^SuccessExitStatus=' "$unit" || complain "$unit: no other status than 0 is a success"
conclude "$(wc -l <<<"$statuses")"
