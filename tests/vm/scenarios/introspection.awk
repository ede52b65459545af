# SPDX-License-Identifier: GPL-2.0-only
# Introspection XML to one line for each thing that counts, for `sort` and `diff`: names, types,
# directions and annotations; without comments, layout, order and defaults.
{ text = text $0 " " }

function attribute(tag, name) {
    if (!match(tag, "[ \t]" name "=\"[^\"]*\""))
        return ""
    return substr(tag, RSTART + length(name) + 3, RLENGTH - length(name) - 4)
}

function annotation(tag, place) {
    # How the server is generated; no object says it of itself.
    if (tag ~ /DBus\.Method\.Async/)
        return
    # The value that holds where nothing is said.
    if (tag ~ /EmitsChangedSignal/ && attribute(tag, "value") == "true")
        return
    print place, "annotation", attribute(tag, "name"), attribute(tag, "value")
}

END {
    while (match(text, /<!--/)) {
        before = substr(text, 1, RSTART - 1)
        rest = substr(text, RSTART)
        text = before substr(rest, index(rest, "-->") + 3)
    }
    while (match(text, /<[^>]*>/)) {
        tag = substr(text, RSTART, RLENGTH)
        text = substr(text, RSTART + RLENGTH)
        if (tag ~ /^<interface /) {
            interface = attribute(tag, "name")
            member = ""
        } else if (tag ~ /^<(method|signal|property) /) {
            member = attribute(tag, "name")
            position = 0
            print interface, substr(tag, 2, index(tag, " ") - 2), member, \
                attribute(tag, "type"), attribute(tag, "access")
        } else if (tag ~ /^<arg /) {
            print interface, member, "arg", position++, attribute(tag, "name"), \
                attribute(tag, "type"), attribute(tag, "direction")
        } else if (tag ~ /^<annotation /) {
            annotation(tag, interface " " member)
        }
    }
}
