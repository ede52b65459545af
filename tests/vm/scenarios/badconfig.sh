#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A configuration that is wrong is refused in words: at the start with exit status 78, at a reload
# by keeping what runs. A good one takes effect at a reload.
# shellcheck source=tests/vm/scenarios/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

readonly drop_in=/run/systemd/system/$unit.d/options.conf

undo() {
    rm -rf "${drop_in%/*}"
    systemctl daemon-reload
}

unit_is() { [[ $(show ActiveState) == "$1" ]]; }
journal() { journalctl --unit="$unit" --output=cat --after-cursor="$cursor" --quiet; }
journal_says() { journal | grep -E -- "$1" >/dev/null; }
mark_journal() {
    cursor=$(journalctl --lines=0 --show-cursor --quiet | sed -n 's/^-- cursor: //p')
}
status_says() { [[ $(show StatusText) =~ $1 ]]; }
setting() { property "$bus_name" Config | grep -oE "\"$1\" [a-z]+ [^ ]+" | cut -d ' ' -f 3; }

# refused WHAT PATTERN LINE...: the service does not start with such a file, and says why.
refused() {
    local what=$1 pattern=$2
    shift 2
    write_config "$@"
    mark_journal
    systemctl start "$unit" 2>/dev/null && fail "$what: started"
    wait_for 10 "$what: failed" unit_is failed
    expect "$what: exit status" "$(show ExecMainStatus)" 78
    expect "$what: not restarted" "$(show SubState)" failed
    wait_for 5 "$what: the journal names it" journal_says "$pattern"
    note "$(journal | grep -m 1 -E -- "$pattern")"
    expect "$what: the kernel" "$(<"$kernel_state")" disabled
    systemctl reset-failed "$unit"
}

step 'refused at the start'
refused 'an unknown key' 'mitosis\.toml:2.*cell-parent-cgruop.*cell-parent-cgroup' \
    '# a comment' 'cell-parent-cgruop = "/work.slice"'
refused 'a wrong type' 'mitosis\.toml:1.*monitor-interval-s' 'monitor-interval-s = "often"'
refused 'a value out of range' 'mitosis\.toml:1.*slice-us' 'slice-us = 0'
refused 'broken TOML' 'mitosis\.toml:1' 'cell-parent-cgroup = "/work'

step 'a good file'
start_service
make_cell a.service 1
make_cell b.service 1
wait_for 5 'a.service has a cell' has_cell a.service
wait_for 5 'b.service has a cell' has_cell b.service
before=$(cells)
generation=$(property "$bus_name" ConfigGeneration)

step 'a reload with a wrong file changes nothing'
write_config "cell-parent-cgroup = \"/$slice\"" 'slice-us = "short"'
mark_journal
timeout 30 systemctl reload "$unit" 2>/dev/null && fail 'systemctl reload succeeds'
expect 'ReloadResult' "$(show ReloadResult)" exit-code
wait_for 5 'the journal names it' journal_says 'mitosis\.toml:2.*slice-us'
expect 'the unit' "$(systemctl is-active "$unit")" active
expect 'the same daemon' "$(show MainPID)" "$service_pid"
expect 'the same cells' "$(cells)" "$before"
expect 'ConfigGeneration' "$(property "$bus_name" ConfigGeneration)" "$generation"
busctl call "$bus_name" "$root_object" "$bus_name" Reload 2>"$scenario_dir/reply" &&
    fail 'Reload succeeds with a wrong file'
grep -q slice-us "$scenario_dir/reply" || fail "Reload's error says: $(<"$scenario_dir/reply")"
ok "Reload says: $(<"$scenario_dir/reply")"
expect 'State' "$(property "$bus_name" State)" '"running"'
expect 'StateReason' "$(property "$bus_name" StateReason)" '"config-rejected"'
wait_for 5 'STATUS= tells it' status_says 'reload refused: .*mitosis\.toml:2.*slice-us'
note "$(show StatusText)"

step 'a reload with a good file takes effect'
write_config "cell-parent-cgroup = \"/$slice\"" \
    'cell-exclude = ["b.service"]' 'monitor-interval-s = 0.5'
systemctl reload "$unit" || fail 'systemctl reload'
wait_for 5 'b.service has no cell any more' has_no_cell b.service
expect 'monitor-interval-s' "$(setting monitor-interval-s)" 0.5
has_cell a.service || fail 'a.service lost its cell'
expect 'ReloadResult' "$(show ReloadResult)" success
status_says 'reload refused' && fail "STATUS= still says: $(show StatusText)"
expect 'StateReason' "$(property "$bus_name" StateReason)" '""'
expect 'the same daemon' "$(show MainPID)" "$service_pid"

step 'a reload with a file that only what was set meanwhile contradicts'
mitosisctl set cell-exclude=a.service || fail 'mitosisctl set'
wait_for 5 'a.service has no cell any more' has_no_cell a.service
write_config 'monitor-interval-s = 0.5'
/usr/sbin/scx-mitosis --check-config || fail 'the file alone is refused'
mark_journal
timeout 60 systemctl reload "$unit" 2>/dev/null && fail 'systemctl reload succeeds'
expect 'ReloadResult' "$(show ReloadResult)" exit-code
wait_for 5 'the journal says why' journal_says '^Call failed: .*cell-exclude.*cell-parent-cgroup'
note "$(journal | grep -m 1 'Call failed')"
expect 'the unit' "$(systemctl is-active "$unit")" active
has_cell b.service || fail 'b.service lost its cell'
mitosisctl reset cell-exclude || fail 'mitosisctl reset'
wait_for 5 'a.service has a cell again' has_cell a.service
systemctl reload "$unit" || fail 'systemctl reload without it'
wait_for 5 'the file is in force' has_no_cell a.service
expect 'the same daemon' "$(show MainPID)" "$service_pid"

step 'without a bus a reload is the signal, after a check with the options of the start'
systemctl stop "$unit"
mkdir -p "${drop_in%/*}"
printf '[Service]\nEnvironment="MITOSIS_OPTIONS=--no-dbus --cell-exclude c.service"\n' >"$drop_in"
systemctl daemon-reload
start_service
busctl --quiet status "$bus_name" 2>/dev/null && fail 'the service is on the bus'
write_config 'monitor-interval-s = 0.5' # without the parent that the option needs
/usr/sbin/scx-mitosis --check-config || fail 'the file alone is refused'
systemctl reload "$unit" 2>/dev/null && fail 'systemctl reload succeeds'
expect 'ReloadResult' "$(show ReloadResult)" exit-code
write_config "cell-parent-cgroup = \"/$slice\"" 'monitor-interval-s = 0.5'
mark_journal
systemctl reload "$unit" || fail 'systemctl reload'
wait_for 10 'the file is in force' journal_says 'Configuration changed \(files\): monitor-interval-s'
expect 'the same daemon' "$(show MainPID)" "$service_pid"
expect_quiet_kernel
