#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Who may change the running service: root, the service's own user and nobody, judged by the real
# polkit with the shipped actions, with a rule of the machine, and without polkit.
# shellcheck source=tests/vm/scenarios/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

readonly rules=/etc/polkit-1/rules.d/10-mitosis-test.rules
readonly page=/usr/share/man/man5/org.scx.Mitosis.5
readonly others='nobody scx-mitosis'
undo() {
    rm -f "$rules"
    sed -i '/^operators:/d' /etc/group
    systemctl unmask --runtime --quiet polkit.service
}

groups=(--clear-groups) # of who calls

# as USER INTERACTIVE METHOD [ARGUMENT...]: a call; its answer or its error on stdout.
as() {
    local user=$1 interactive=$2
    shift 2
    setpriv --reuid="$user" --regid=nogroup "${groups[@]}" --no-new-privs \
        busctl --allow-interactive-authorization="$interactive" \
        call "$bus_name" "$root_object" "$bus_name" "$@" 2>&1
}

# method NAME: with harmless arguments, for `as`.
method() {
    case $1 in
    Rebalance) printf '%s\n' Rebalance 'a{sv}' 2 DryRun b true Force b true ;;
    Reconfigure) printf '%s\n' Reconfigure 'a{sv}tt' 1 monitor-interval-s d 2 0 0 ;;
    ResetConfiguration) printf '%s\n' ResetConfiguration as 0 ;;
    Reload) printf '%s\n' Reload ;;
    esac
}
readonly changing='Rebalance Reconfigure ResetConfiguration Reload'

# is_judged USER INTERACTIVE METHOD [ARGUMENT...]: the call is refused by more than the limits of
# calls, which come first; what it says is in said.
is_judged() {
    said=$(as "$@") && fail "$1 may call $3: $said"
    [[ $said != *'asked too often'* ]]
}

# refused USER INTERACTIVE METHOD PATTERN; of AccessDenied busctl says no more than that.
refused() {
    local words
    mapfile -t words < <(method "$3")
    wait_for 20 "$1 may not call $3" is_judged "$1" "$2" "${words[@]}"
    [[ $said == *$4* ]] || fail "$1, $3: expected '$4', found '$said'"
    ok "$1, $3: $said"
}

# allowed USER METHOD: within the time that limits and polkit's look at its rules may take.
allows() {
    local words
    mapfile -t words < <(method "$2")
    as "$1" no "${words[@]}" >"$scenario_dir/answer"
}
allowed() { wait_for 20 "$1 may call $2" allows "$1" "$2"; }

overrides() { property "$bus_name" RuntimeOverrides; }

check_root() {
    local name
    expect 'no overrides' "$(overrides)" 0
    for name in $changing; do
        allowed root "$name"
    done
    allowed root Reconfigure
    expect 'the override is visible' "$(overrides)" '1 "monitor-interval-s"'
    property "$bus_name" ConfigOrigins | grep '"monitor-interval-s" "D-Bus"' >/dev/null ||
        fail "ConfigOrigins: $(property "$bus_name" ConfigOrigins)"
    allowed root ResetConfiguration
    expect 'it is gone after a reset' "$(overrides)" 0
}

# A person would have to be asked, and there is none in this machine.
check_others() {
    local user name
    for user in $others; do
        for name in $changing; do
            refused "$user" no "$name" 'polkit would have to ask'
        done
        allowed_to_read "$user"
    done
    refused nobody yes ResetConfiguration 'Access denied'
}

dumps() { as "$1" no DumpByFileDescriptor >/dev/null; }

allowed_to_read() {
    as "$1" no GetCellByCPU u 0 >/dev/null || fail "$1: GetCellByCPU"
    wait_for 5 "$1 may have a dump, of which there is one a second" dumps "$1"
    setpriv --reuid="$1" --regid=nogroup --clear-groups busctl introspect "$bus_name" \
        "$root_object" >/dev/null || fail "$1: introspect"
    ok "$1 may read"
}

# refuses USER METHOD PATTERN
refuses() {
    local answer words
    mapfile -t words < <(method "$2")
    answer=$(as "$1" no "${words[@]}") && return 1
    [[ $answer == *$3* ]]
}

# write_rule ACTION RESULT: for nobody.
write_rule() {
    printf 'polkit.addRule(function(action, subject) {
        if (action.id == "%s" && subject.user == "nobody") return polkit.Result.%s; });\n' \
        "$1" "$2" >"$rules"
}

check_rules() {
    write_rule org.scx.mitosis.rebalance YES
    allowed nobody Rebalance
    refused nobody no Reload 'polkit would have to ask'
    refused scx-mitosis no Reload 'polkit would have to ask'
    write_rule org.scx.mitosis.reconfigure YES
    allowed nobody Reconfigure
    allowed nobody Reload # implied
    allowed nobody ResetConfiguration
    write_rule org.scx.mitosis.rebalance NO
    wait_for 20 'a rule refuses nobody to rebalance' refuses nobody Rebalance 'Access denied'
    refused nobody no Reload 'polkit would have to ask'
    rm "$rules"
}

# The rule of org.scx.Mitosis(5), as a reader would copy it.
rule_of_the_page() {
    sed -n '/polkit.*addRule(/,/^\.PP/p' "$page" | sed '/^\./d; s/\\&//g'
}

check_the_pages_rule() {
    rule_of_the_page >"$rules"
    [[ $(<"$rules") == *'isInGroup("operators")'*'});' ]] || fail "the rule of $page: $(<"$rules")"
    printf 'operators:x:777:nobody\n' >>/etc/group
    groups=(--groups operators)
    allowed nobody Rebalance
    refused nobody no Reload 'polkit would have to ask'
    groups=(--clear-groups)
    wait_for 20 'only an operator may' refuses nobody Rebalance 'polkit would have to ask'
    rm "$rules"
}

check_without_polkit() {
    systemctl mask --runtime --now --quiet polkit.service || fail 'systemctl mask polkit'
    expect 'polkit' "$(systemctl is-active polkit.service)" inactive
    refused nobody no Rebalance 'Access denied'
    refused scx-mitosis yes Reload 'Access denied'
    allowed root Rebalance
    systemctl unmask --runtime --quiet polkit.service
}

check_without_bus() {
    systemctl stop "$unit"
    write_config "cell-parent-cgroup = \"/$slice\"" 'no-dbus = true'
    systemctl start "$unit" || fail 'start without D-Bus'
    expect 'the kernel' "$(<"$kernel_state")" enabled
    busctl --quiet list --acquired | grep "^$bus_name " >/dev/null && fail 'the name is on the bus'
    ok 'nothing is on the bus'
}

step 'systemctl start'
start_service

step 'root'
check_root

step 'the service user and nobody, by the shipped actions'
check_others

step 'nobody, by rules of the machine'
check_rules

step 'operators, by the rule of the manual page'
check_the_pages_rule

step 'without polkit'
check_without_polkit

step 'without D-Bus'
check_without_bus
expect_quiet_kernel
