# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What the host's apt knows of mirrors, passed on to mmdebstrap. Sourced by dev, whose die() it calls.

# The base URL of the Debian archive: by apt's indexes, else by Debian's own source files.
find_mirror() {
    local uri files=()
    # shellcheck disable=SC2016  # apt expands it
    uri=$(apt-get indextargets --format '$(REPO_URI)' 'Origin: Debian' 'Label: Debian' \
        'Component: main' 2>/dev/null | head -n 1)
    if [[ -z $uri ]]; then
        for file in /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list; do
            [[ ! -r $file ]] || files+=("$file")
        done
        ((${#files[@]} == 0)) || uri=$(sed -nE 's/\[[^]]*\] *//; /security/d
            s/^(URIs: *|deb +)([^ ]+).*/\2/p' "${files[@]}" | head -n 1)
    fi
    if [[ $uri == mirror+file:* ]]; then
        uri=$(grep -oE '^[^#[:space:]]+' "${uri#mirror+file:}" | head -n 1)
    fi
    [[ $uri ]] || die "found no Debian mirror in apt's configuration; give one with --mirror URL"
    printf '%s' "${uri%/}"
}

# Proxy, certificates and date checks as apt has them here, as --aptopt arguments. Passwords for
# mirrors are read where they lie, so that no root holds them.
apt_options() {
    local line file='' parts=''
    while IFS= read -r line; do
        printf -- '--aptopt=%s\0' "$line"
    done < <(apt-config dump | grep -E \
        '^Acquire::((https?|ftp)(::|").*|Check-Valid-Until|Check-Date|Retries|ForceIPv[46])' |
        grep -v '""; *$' | grep -v ' "";$')
    eval "$(apt-config shell file Dir::Etc::netrc/f parts Dir::Etc::netrcparts/d)"
    [[ ! -r $file ]] || printf -- '--aptopt=Dir::Etc::netrc "%s";\0' "$file"
    [[ ! -r $parts ]] || printf -- '--aptopt=Dir::Etc::netrcparts "%s";\0' "$parts"
}

# What apt's sources name in signed-by, one a line.
signed_by() {
    sed -nE 's/^deb.*[[ ]signed-by=([^] ]+).*/\1/p; s/^Signed-By:(.*)/\1/Ip' "$@" | tr -s ', ' '\n'
}

# Writes each key that lies in a .sources file itself to FOLDER/inline.NUMBER.asc.
write_inline_keys() {
    awk -v folder="$1" '
        /^ *-----BEGIN PGP/ { file = folder "/inline." ++n ".asc" }
        file { sub(/^ /, ""); print ($0 == "." ? "" : $0) >file }
        /-----END PGP/ { file = "" }' "${@:2}"
}

# collect_keys FOLDER: apt reads there what ends in .gpg or, with armour, .asc.
collect_keys() {
    local key kind number=0 sources=()
    mkdir -p "$1"
    for key in /etc/apt/sources.list /etc/apt/sources.list.d/*.{list,sources}; do
        [[ ! -r $key ]] || sources+=("$key")
    done
    for key in /usr/share/keyrings/debian-archive-*.{gpg,pgp,asc} \
        /etc/apt/{trusted.gpg.d,keyrings}/*.{gpg,asc}; do
        [[ ! -r $key || $key == *removed* ]] || cp -L "$key" "$1"
    done
    ((${#sources[@]})) || return 0
    while read -r key; do
        [[ -f $key && -r $key ]] || continue # or a fingerprint
        kind=gpg
        ! grep -q '^-----BEGIN PGP' "$key" || kind=asc
        cp -L "$key" "$1/signed-by.$((++number)).$kind"
    done < <(signed_by "${sources[@]}" | sort -u)
    write_inline_keys "$1" "${sources[@]}"
}
