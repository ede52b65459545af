#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What the pages tell people to type does what they say: every command of docs/first-hour.md, in its
# order and with files as shown there, and every one in the EXAMPLES of the manual pages.
# shellcheck source=tests/vm/scenarios/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
here=$(dirname "${BASH_SOURCE[0]}")
readonly here blocks=$scenario_dir/blocks drop_in=/etc/scx-mitosis/mitosis.toml.d/work.toml

undo() {
    systemctl stop scx-mitosis-exporter.socket scx-mitosis-exporter.service
    rm -f "$drop_in"
}

# run COMMAND: as typed; what it says is in said.
run() { bash -o pipefail -c "$1" >"$scenario_dir/said" 2>&1 </dev/null; }

# works COMMAND: the service may have to wait for a cell, or to let a moment pass.
works() {
    wait_for 45 "$1" run "$1"
    head -n 3 "$scenario_dir/said" | sed 's/^/      /'
}

# ---- the first hour ----

# split_page: NN.command and NN.output for each command of the page, in its order.
split_page() {
    mkdir "$blocks"
    awk -v folder="$blocks" '
        /^    # / {
            name = sprintf("%s/%02d", folder, ++n)
            printf "" >(name ".output")
            line = substr($0, 7)
            command = 1
        }
        /^    [^#]/ { line = substr($0, 5) }
        /^    / && name {
            if (!command && blank) print "" >(name ".output")
            blank = 0
            print line >(name (command ? ".command" : ".output"))
            command = command && line ~ /\\$/
            next
        }
        /^$/ { blank = 1; next }
        { name = "" }' "$here/first-hour.md"
}

# keys FILE: of each line the first word, and the second one where it is a word, not a figure.
keys() {
    sed -E 's/[0-9]+/N/g' "$1" |
        awk 'NF { print $1 ($2 ~ /^[a-z\/][a-z.\/-]*:?$/ ? " " $2 : "") }' | sort -u
}

# says_as_shown COMMAND OUTPUT: at least the lines that the page shows, but for figures.
says_as_shown() {
    run "$1" && ! comm -23 <(keys "$2") <(keys "$scenario_dir/said") | grep . >/dev/null
}

# prepare COMMAND OUTPUT: a file that the page prints is as the page has it.
prepare() {
    case $1 in
    "cat $config_file") cp "$2" "$config_file" ;;
    "tail -n "*" $config_file") { echo && cat "$2"; } >>"$config_file" ;;
    esac
}

# refused_as_shown COMMAND OUTPUT: with the mistake that the page makes in the file.
refused_as_shown() {
    sed -i 's/^max-cpus = 2$/min-cpus = 12\n&/' "$config_file"
    ! run "$1" || fail "with a mistake in the file: $1: succeeds"
    comm -23 <(keys "$2") <(keys "$scenario_dir/said") | grep . && fail "$1 says: $(<"$scenario_dir/said")"
    ok "with a mistake in the file: $1: fails"
}

check_first_hour() {
    local file command output
    split_page
    for file in "$blocks"/*.command; do
        command=$(<"$file") output=${file%.command}.output
        prepare "$command" "$output"
        if grep -q '^Job for .* failed' "$output"; then
            refused_as_shown "$command" "$output"
        else
            wait_for 45 "$command" says_as_shown "$command" "$output"
        fi
        [[ $command != 'mitosisctl verify' ]] ||
            expect 'its findings' "$(<"$scenario_dir/said")" "$(<"$output")"
    done
    expect_between 'commands of the page' "$(find "$blocks" -name '*.command' | wc -l)" 20 100
}

# ---- the manual pages ----

# indented_examples PAGE: a command a line, of those that stand behind a tab.
indented_examples() {
    sed -n '/^# EXAMPLES/,/^# SEE/p' "$here/$1" | awk '
        /^\t/ { sub(/^\t/, ""); text = text (text ? " " : "") $0; next }
        text { print text; text = "" }'
}

# fenced_examples PAGE: those behind a prompt.
fenced_examples() {
    sed -n '/^# EXAMPLES/,/^# SEE/p' "$here/$1" | awk '/^```/ { inside = !inside } inside && sub(/^# /, "")'
}

check_indented() {
    local command commands
    mapfile -t commands < <(indented_examples "$1" | grep -E "$2")
    expect_between "examples of $1" "${#commands[@]}" "$3" 100
    for command in "${commands[@]}"; do works "$command"; done
}

check_program() {
    local command
    while IFS= read -r command; do
        case $command in
        'scx-mitosis '*)
            systemctl stop "$unit"
            # shellcheck disable=SC2086  # words
            $command 2>"$scenario_dir/said" &
            wait_for 60 "$command" kernel_is enabled
            kill -INT $!
            wait $! || fail "$command: exit status $?"
            expect 'after Control-C the kernel' "$(<"$kernel_state")" disabled
            ;;
        journalctl*)
            works "$command"
            grep -q "Created cell .* /$slice/a.service" "$scenario_dir/said" ||
                fail "$command says: $(<"$scenario_dir/said")"
            ;;
        *) works "$command" ;;
        esac
    done < <(fenced_examples scx-mitosis.8.scd)
}

kernel_is() { [[ $(<"$kernel_state") == "$1" ]]; }

step 'the first hour'
rm -f "$config_file"
check_first_hour
expect 'the kernel' "$(<"$kernel_state")" disabled
systemctl stop "$slice"

step 'mitosisctl(1), org.scx.Mitosis(5) and scx-mitosis-exporter(8)'
start_service
make_cell web.service 1
wait_for 10 'a cell' has_cell web.service
check_indented mitosisctl.1.scd . 10
check_indented org.scx.Mitosis.5.scd . 6
systemctl start scx-mitosis-exporter.socket || fail 'the exporter'
check_indented scx-mitosis-exporter.8.scd '^curl' 1
drop_cell web.service
systemctl stop "$unit"

step 'scx-mitosis(8)'
rm -f "$config_file"
check_program
systemctl stop a.service
expect_quiet_kernel
