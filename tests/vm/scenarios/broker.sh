#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The machine's message bus is dbus-broker from now on, also for the scenarios that follow in the
# same boot: those are the test.
# shellcheck source=tests/vm/scenarios/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

bus_program() { readlink "/proc/$(systemctl show --property=MainPID --value dbus.service)/exe"; }
bus_is() { [[ $(bus_program) == "$1" ]]; }
answers() {
    busctl --quiet call org.freedesktop.DBus /org/freedesktop/DBus org.freedesktop.DBus GetId
}

expect 'the bus until now' "$(bus_program)" /usr/bin/dbus-daemon
# systemctl needs no bus for that.
systemctl stop dbus.socket dbus.service || fail 'the old bus does not stop'
systemctl enable --quiet dbus-broker.service || fail 'cannot enable dbus-broker'
systemctl daemon-reload
systemctl start dbus.socket dbus.service || fail 'the new bus does not start'
wait_for 10 'the bus is dbus-broker' bus_is /usr/bin/dbus-broker-launch
wait_for 10 'it answers' answers
# Who lost the old bus and does not come back by himself.
systemctl restart polkit.service || fail 'polkit does not start'
