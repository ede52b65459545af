#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Every message id that the daemon logs has an entry in the journal's catalog and the other way
# round, every entry is complete, names only fields that are logged, and journalctl reads it.
# Usage: catalog.sh SOURCE_ROOT
set -u -o pipefail
cd "${1:?usage: catalog.sh SOURCE_ROOT}" || exit 1
catalog=systemd/scx-mitosis.catalog
wrong=0
complain() {
    printf '%s\n' "$*"
    wrong=1
}

logged=$(grep -ohE '"[0-9a-f]{32}"' src/daemon/*.cpp | tr -d '"' | sort)
entries=$(sed -nE 's/^-- ([0-9a-f]{32})$/\1/p' "$catalog" | sort)
[[ $logged ]] || complain 'the daemon logs no message id'
diff <(echo "$logged") <(echo "$entries") ||
    complain "the ids of src/daemon and of $catalog differ"

count=$(wc -l <<<"$entries")
for header in Subject Defined-By Documentation; do
    found=$(grep -c "^$header: " "$catalog")
    ((found == count)) || complain "$found entries of $count have a $header"
done
for field in $(grep -oE '@[A-Z_]+@' "$catalog" | tr -d @ | sort -u); do
    grep -q "\"$field\"" src/daemon/*.cpp || complain "$field is in the catalog but never logged"
done

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder/usr/lib/systemd/catalog" "$folder/var/lib/systemd/catalog"
cp "$catalog" "$folder/usr/lib/systemd/catalog/"
report=$(journalctl --root="$folder" --update-catalog 2>&1) || complain "journalctl: $report"
[[ -z $report ]] || complain "journalctl: $report"
exit "$wrong"
