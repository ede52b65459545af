#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# That tests/vm/run keeps what its --help says: exit statuses, output as it comes, the guest's journal
# when a script fails, an end by the deadline. Usage: run_test.sh BUILD_DIR
set -u -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
[[ ${SCX_MITOSIS_GUEST:-} ]] || { echo 'there is no guest root: run this through ./dev' && exit 77; }
image=$("$here/image" "${1:?usage: run_test.sh BUILD_DIR}") || exit
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
readonly here image work boot_limit=60

fail() {
    printf 'FAIL  %s\n' "$*"
    cat "$work/said"
    exit 1
}

# expect_status STATUS WHAT OPTION...: of tests/vm/run; what it said is kept.
expect_status() {
    local expected=$1 what=$2 status=0
    shift 2
    "$here/run" --image "$image" "$@" &>"$work/said" || status=$?
    ((status == expected)) || fail "$what: exit status $status instead of $expected"
    printf 'ok    %s: exit status %s\n' "$what" "$status"
}

expect_said() { grep -qF -- "$1" "$work/said" || fail "it does not say: $1"; }

# script LINE...: one to run in the guest.
script() {
    printf '%s\n' '#!/bin/bash' "$@" >"$work/script"
    chmod +x "$work/script"
}

refuses() {
    script true
    expect_status 2 'CPUs that do not divide' --cpus 8 --llcs 3 "$work/script"
    expect_said '--cpus 8 does not divide into --llcs x --threads'
    expect_status 2 'an unknown option' --colour "$work/script"
    expect_status 2 'a script that is not there' "$work/none"
    expect_status 125 'an image that is not there' --image "$work/none" "$work/script"
    expect_said "no guest image in '$work/none'"
}

# The script goes on only when what it said first was seen out here.
passes_on_what_comes() {
    local machine began=$SECONDS
    echo 'laid beside it' >"$work/beside"
    script 'echo "arguments: $*"' 'cat beside' 'sleep 3' 'echo "the end"' 'exit 7'
    "$here/run" --image "$image" --copy "$work/beside" "$work/script" one 'two words' \
        >"$work/said" 2>"$work/errors" &
    machine=$!
    until grep -q 'laid beside it' "$work/said"; do
        kill -0 "$machine" 2>/dev/null || fail 'it ended before its script said anything'
        sleep 0.1
    done
    ((SECONDS - began <= boot_limit)) || fail "its script began after $((SECONDS - began)) s"
    printf 'ok    the script began after %s s\n' $((SECONDS - began))
    ! grep -q 'the end' "$work/said" || fail 'what it says comes at its end only'
    expect_said 'arguments: one two words'
    wait "$machine"
    [[ $? == 7 ]] || fail 'the exit status is not that of the script'
    expect_said 'the end'
    cat "$work/errors" >>"$work/said"
    expect_said "---- the guest's journal ----"
    expect_said 'Linux version'
    printf 'ok    output, exit status, journal\n'
}

# In virtual time, which the other machines here do not have: QEMU dies at once of options that do not
# go together, and then the exit status is another.
ends_by_the_deadline() {
    script 'sleep infinity'
    expect_status 124 'a machine that takes too long' --icount --timeout 3 "$work/script"
    expect_said 'ended by the deadline of 3 s'
}

ends_with_the_machine() {
    local machine status=0
    script 'sleep infinity'
    "$here/run" --image "$image" "$work/script" &>"$work/said" &
    machine=$!
    until pkill -KILL --parent "$machine" --full qemu-system; do
        kill -0 "$machine" 2>/dev/null || fail 'it started no machine'
        sleep 0.1
    done
    wait "$machine" || status=$?
    ((status == 125)) || fail "a machine that dies: exit status $status instead of 125"
    expect_said 'the machine died'
    printf 'ok    a machine that dies: exit status 125\n'
}

refuses
passes_on_what_comes
ends_by_the_deadline
ends_with_the_machine
