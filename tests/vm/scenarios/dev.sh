#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# ./dev on a machine: what it refuses, its ways to a root (root, user namespaces, sudo), what an
# interrupted run leaves, two runs at once, a changed list of packages, clean. The one stand-in is
# mmdebstrap, which needs a mirror: it copies a root that has a shell. The checkout is the files
# `dev`, host_apt.sh and *.packages, which lie beside this script.
# shellcheck source=tests/vm/scenarios/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

readonly place=/srv/dev
readonly tools=$place/tools # every program of the machine but apt-get and sudo
readonly standard=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin
readonly users=(mapped admin plain) accounts=(/etc/{passwd,group,shadow,gshadow,subuid,subgid})
cd "$(dirname "${BASH_SOURCE[0]}")" || exit

undo() {
    pkill -KILL --full "$place/[a-z]*/checkout/dev"
    pkill -KILL --exact mmdebstrap
    umount /etc/apt /usr/share/keyrings
    [[ ! -d $place/etc ]] || cp -a "$place"/etc/* /etc
    umount -R "$place"
    rm -rf /etc/sudoers.d/scenario /usr/local/bin/mmdebstrap "$place"
}

# ---- the machine ----

# A root with what the commands below run: no more than a second's copying.
make_tree() {
    local program file
    mkdir -p "$place/tree"/{etc,usr/bin,usr/lib,usr/lib64}
    ln -s usr/bin usr/lib usr/lib64 "$place/tree"
    for program in bash env mkdir true; do
        cp "/usr/bin/$program" "$place/tree/usr/bin"
        for file in $(ldd "/usr/bin/$program" | grep -o '/[^ ]*'); do
            install -D "$file" "$place/tree/usr$file"
        done
    done
}

# Its arguments are kept as calls/NAME.PID, with the keys it was given. Like the real one it
# wants a folder that is not there yet, and a signal ends it only when it has cleaned up.
write_mmdebstrap() {
    cat >/usr/local/bin/mmdebstrap <<END
#!/bin/bash
place=$place folder=
for word; do
    case \$word in
    --keyring=*) keys=("\${word#*=}"/*) ;;
    */new.*) folder=\$word ;;
    esac
done
name=\${folder##*.}
trap 'while [[ -e \$place/linger ]]; do sleep 0.05; done; exit 1' HUP INT TERM
mkdir "\$folder" || exit
printf '%s\n' "\$@" "keys: \${keys[*]##*/}" >"\$place/calls/\$name.\$\$"
while [[ -e \$place/hang ]]; do sleep 0.05; done
cp -r "\$place/tree/." "\$folder"
END
    chmod 755 /usr/local/bin/mmdebstrap
}

# make_checkout USER: as its own.
make_checkout() {
    mkdir -p "$place/$1/checkout/tests/vm"
    cp dev "$place/$1/checkout"
    cp ./*.packages host_apt.sh "$place/$1/checkout/tests/vm"
    chown -R "$1:" "$place/$1"
}

# The accounts are undone by their files, which are kept.
make_users() {
    local user
    mkdir "$place/etc"
    cp -a "${accounts[@]}" "$place/etc"
    for user in "${users[@]}"; do
        systemd-sysusers - <<<"u $user - - $place/$user /bin/bash" || fail "user $user"
        make_checkout "$user"
    done
    echo 'mapped:200000:65536' | tee /etc/subuid >/etc/subgid
    echo 'admin ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/scenario
}

# set_sources LINE…: what apt knows; without lines no mirror.
set_sources() { printf '%s\n' "$@" >/etc/apt/sources.list; }

make_machine() {
    mkdir -p "$place"
    # As much as it asks for; what is not written takes no memory.
    mount -t tmpfs -o size=7G,mode=755 scenario "$place" || fail tmpfs
    mkdir -p "$place"/{tools,apt-get,keys,small,calls,foreign}
    chmod 1777 "$place/calls"
    mount -t tmpfs -o size=64M small "$place/small" || fail tmpfs
    ln -s /usr/sbin/* /usr/bin/* "$tools" 2>/dev/null
    rm "$tools"/{apt-get,sudo}
    ln -s /usr/bin/apt-get "$place/apt-get"
    cp -a /etc/apt "$place/apt"
    rm -rf "$place"/apt/{sources.list,trusted.gpg}.d/*
    mount --bind "$place/apt" /etc/apt || fail 'bind mount'
    # Each is copied by a process of its own, which takes a while here, and few tell as much.
    touch "$place"/keys/debian-archive-{one,removed}.gpg /etc/apt/trusted.gpg.d/two.asc
    mount --bind "$place/keys" /usr/share/keyrings || fail 'bind mount'
    touch "$place/elsewhere.key" /etc/apt/auth.conf
    printf '%s\n' 'Acquire::http::Proxy "http://relay.example:3128";' \
        'Acquire::https::Proxy "";' 'Acquire::Retries "7";' >/etc/apt/apt.conf.d/99scenario
    make_tree
    write_mmdebstrap
    make_checkout root
    make_users
}

# ---- running it ----

# dev USER [VARIABLE=VALUE…] -- ARGUMENT…: in place of this process, from the user's checkout.
dev() {
    local user=$1 environment=("PATH=$standard")
    shift
    while [[ $1 != -- ]]; do environment+=("$1") && shift; done
    cd "$place/$user/checkout" || exit
    exec setpriv --reuid "$user" --regid "$user" --init-groups --reset-env \
        env "${environment[@]}" "$place/$user/checkout/dev" "${@:2}" </dev/null
}

declare -A begun

# run ARGUMENTS of dev: to its end; sets status, output and said (its words on stderr).
run() {
    (dev "$@") >"$place/output" 2>"$place/said"
    status=$? output=$(<"$place/output") said=$(<"$place/said")
}

# begin NAME ARGUMENTS of dev: in a process group of its own, whose id is begun[NAME].
begin() {
    set -m
    (dev "${@:2}") >"$place/output.$1" 2>"$place/said.$1" &
    set +m
    begun[$1]=$!
}

# expect_end NAME STATUS
expect_end() {
    { wait "${begun[$1]}"; } 2>/dev/null # it tells of kills
    expect "$1 has ended: exit status" "$?" "$2"
}

# expect_success WHAT: of the last run.
expect_success() {
    ((status == 0)) || fail "$1: exit status $status: $said"
    ok "$1"
}

# expect_refusal WHAT LINE (a pattern): one line, and nothing was made.
expect_refusal() {
    expect "$1: exit status" "$status" 1
    # shellcheck disable=SC2053  # a pattern
    [[ $said == dev:\ $2 && $said != *$'\n'* ]] || fail "$1: it says '$said'"
    ok "$1: $said"
    expect 'roots begun' "$(calls)" "$made"
}

calls() { find "$place/calls" -type f -name "${1:-}*" | wc -l; }
is_called() { (($(calls "$1") == $2)); }
says() { grep -q "$2" "$place/said.$1"; }
has_ended() { ! pgrep --exact mmdebstrap >/dev/null; }

# expect_calls BUILD GUEST: how many roots were begun until now.
expect_calls() {
    expect 'build roots begun' "$(calls build)" "$1"
    expect 'guest roots begun' "$(calls guest)" "$2"
    made=$(calls)
}

# await_calls BUILD GUEST: as many were begun, and hang.
await_calls() {
    wait_for 60 "build root $1 is being made" is_called build "$1"
    wait_for 60 "guest root $2 is being made" is_called guest "$2"
}

# expect_cache FOLDER: one root of each kind, and nothing of runs that were interrupted.
expect_cache() {
    local found
    found=$(cd "$1" && echo *)
    [[ $found =~ ^build-[0-9a-f]{12}\ ccache\ guest-[0-9a-f]{12}\ roots.lock$ ]] ||
        fail "in $1: $found"
    ok "in $1: $found"
}

expect_no_mounts() {
    [[ $(</proc/self/mountinfo) == "$mounts" ]] || fail "mounted: $(</proc/self/mountinfo)"
    ok 'nothing stays mounted'
}

# ---- the scenario ----

make_machine
as_root=(root "SCX_MITOSIS_CACHE=$place/cache")
made=$(calls)
mounts=$(</proc/self/mountinfo)

step 'wrong usage'
run root -- --help
expect 'help: exit status' "$status" 0
[[ $output == 'Usage: ./dev '* && ! $said ]] || fail "help: '$output', '$said'"
run root --
expect 'no command: exit status' "$status" 2
[[ $said == 'Usage: ./dev '* && ! $output ]] || fail "no command: '$said'"
run root -- fly
expect_refusal 'an unknown command' 'unknown command fly; see --help'
run root -- --fly exec
expect_refusal 'an unknown option' 'unknown option --fly; see --help'
run root -- --mirror
expect_refusal 'an option without its value' '--mirror needs a URL'

step 'what it refuses'
run root "SCX_MITOSIS_CACHE=$place/small/cache" -- --mirror http://m.example exec true
expect_refusal 'too little disk' "needs 6144 MB free in $place/small/cache, has 6[0-9];*"
run "${as_root[@]}" "PATH=$tools" -- exec true
expect_refusal 'neither mmdebstrap nor apt' 'needs a Debian machine: apt-get was not found'
run "${as_root[@]}" "PATH=/usr/local/bin:$tools" -- exec true
expect_refusal 'no apt' 'needs a Debian machine: apt-get was not found'
run plain "PATH=$place/apt-get:$tools" -- exec true
expect_refusal 'a user without mmdebstrap' 'needs mmdebstrap; as root: apt-get install mmdebstrap'
run plain "PATH=/usr/local/bin:$tools" -- exec true
expect_refusal 'a user without any way to root' 'needs root, sudo or user namespaces (*)'
set_sources '# deb http://commented.example/debian trixie main'
run "${as_root[@]}" -- exec true
expect_refusal 'no mirror' 'found no Debian mirror *; give one with --mirror URL'
echo mine >"$place/foreign/file"
run root "SCX_MITOSIS_CACHE=$place/foreign" -- clean
expect_refusal 'a cache that holds other files' "$place/foreign holds other files; *"
expect 'those files' "$(<"$place/foreign/file")" mine

step 'interrupted while it makes roots'
set_sources 'deb-src http://source.example/debian trixie main' \
    'deb http://security.example/debian-security trixie-security main' \
    "deb [arch=amd64 signed-by=$place/elsewhere.key] http://packages.example/debian/ trixie main"
touch "$place/hang" "$place/linger"
begin first "${as_root[@]}" -- exec true
await_calls 1 1
kill -INT -- "-${begun[first]}"
expect_end first 130
begin second "${as_root[@]}" -- exec true
wait_for 60 'the next waits until what was interrupted is gone' says second waiting
rm "$place/linger"
await_calls 2 2
run "${as_root[@]}" -- clean
made=$(calls) expect_refusal 'clean meanwhile' '* is in use; nothing was removed'
kill -TERM "${begun[second]}"
expect_end second 143
wait_for 60 'mmdebstrap ends with it' has_ended
begin third "${as_root[@]}" -- exec true
await_calls 3 3
pkill -KILL --full "$place/root/checkout/dev"
pkill -KILL --exact mmdebstrap
expect_end third 137
begin fourth "${as_root[@]}" -- exec true
await_calls 4 4
kill -KILL "${begun[fourth]}"
expect_end fourth 137

step 'two at the same time'
begin fifth "${as_root[@]}" -- exec true
wait_for 60 'it waits for the roots that the killed one had begun' says fifth waiting
rm "$place/hang"
expect_end fifth 0
expect_calls 4 4
expect_cache "$place/cache"
call=$(cat "$place/calls"/build.* | sort -u)
# has_word WORD: mmdebstrap was given the word.
has_word() { grep -qxF -e "$1" <<<"$call" || fail "not given to mmdebstrap: $1 in $call"; }
has_word 'deb http://packages.example/debian trixie main'
has_word '--aptopt=Acquire::http::Proxy "http://relay.example:3128";'
has_word '--aptopt=Acquire::Retries "7";'
[[ $call != *https::Proxy* ]] || fail 'a proxy that is not set is passed'
has_word '--aptopt=Dir::Etc::netrc "/etc/apt/auth.conf";'
has_word '--aptopt=Dir::Etc::netrcparts "/etc/apt/auth.conf.d/";'
has_word 'keys: debian-archive-one.gpg signed-by.1.gpg two.asc'
ok "mmdebstrap has apt's mirror, proxy, passwords and keys"

step 'as root'
mkdir -p "$place/root/checkout/build/src/ctl"
printf '#!/bin/bash\necho "built: $*"\n' >"$place/root/checkout/build/src/ctl/mitosisctl"
chmod 755 "$place/root/checkout/build/src/ctl/mitosisctl"
run "${as_root[@]}" -- exec mitosisctl 'two  words'
expect_success 'a program that was built'
expect 'it says' "$output" 'built: two  words'
# shellcheck disable=SC2016  # for the shell inside
run "${as_root[@]}" -- exec bash -c 'echo "$PWD $SCX_MITOSIS_GUEST"; exit 7'
expect 'exit status' "$status" 7
expect 'inside' "$output" "$place/root/checkout $(echo "$place"/cache/guest-*)"
# shellcheck disable=SC2016
run "${as_root[@]}" -- exec bash -c 'kill -KILL $$'
expect 'exit status of what was killed' "$status" 137
expect_calls 4 4
expect_no_mounts

step 'as a user, through user namespaces'
rm /etc/apt/sources.list
printf '%s\n' 'Types: deb deb-src' 'URIs: http://other.example/debian' 'Suites: trixie' \
    'Components: main' 'Signed-By:' ' -----BEGIN PGP PUBLIC KEY BLOCK-----' ' .' ' mQINBF' \
    ' -----END PGP PUBLIC KEY BLOCK-----' >/etc/apt/sources.list.d/debian.sources
# shellcheck disable=SC2016
run mapped -- exec bash -c 'mkdir build; echo hello >build/file; echo "$UID $HOME"; exit 5'
expect 'exit status' "$status" 5
expect 'inside' "$output" "0 $place/mapped"
expect 'what it wrote is of' "$(stat -c %U "$place/mapped/checkout/build/file")" mapped
expect_calls 5 5
expect_cache "$place/mapped/.cache/scx-mitosis"
[[ $(cat "$place/calls"/*) == *'deb http://other.example/debian trixie main'* ]] ||
    fail 'mmdebstrap has another mirror'
grep -qx 'keys: debian-archive-one.gpg inline.1.asc two.asc' "$place/calls"/* ||
    fail "the key in apt's source is not given to mmdebstrap"
expect_no_mounts
run mapped -- clean
expect_success 'clean'
[[ ! -e $place/mapped/.cache/scx-mitosis && ! -e $place/mapped/checkout/build ]] ||
    fail 'it has left something'

step 'as a user, through sudo'
# shellcheck disable=SC2016
run admin "SCX_MITOSIS_CACHE=$place/sudo-cache" -- --mirror http://given.example/debian/ \
    exec bash -c 'mkdir build build-sanitized; echo >build/file; echo "$UID"; exit 3'
expect 'exit status' "$status" 3
expect 'inside' "$output" 0
expect 'build/ is of' "$(stat -c %U:%G "$place/admin/checkout"/build{,/file,-sanitized} | uniq)" \
    admin:admin
expect_calls 6 6
expect_cache "$place/sudo-cache"
[[ $(cat "$place/calls"/*) == *'deb http://given.example/debian/ trixie main'* ]] ||
    fail 'mmdebstrap has another mirror'

step 'a changed list of packages'
lists=$place/root/checkout/tests/vm
old=$(echo "$place"/cache/build-*)
cp "$lists/build.packages" "$place/list"
mkfifo "$place/end"
begin user "${as_root[@]}" -- exec bash -c "echo in; read <$place/end"
wait_for 60 'a run uses the roots' grep -q in "$place/output.user"
echo more >>"$lists/build.packages"
run "${as_root[@]}" -- --mirror http://m.example exec true
expect_success 'a new build root'
expect_calls 7 6
[[ $(cat "$place/calls"/build.*) == *,more$'\n'* ]] || fail 'without the new package'
[[ -x $old/usr/bin/bash ]] || fail 'a root that is in use was removed'
run "${as_root[@]}" -- clean
expect_refusal 'clean meanwhile' '* is in use; nothing was removed'
echo >"$place/end"
expect_end user 0
# A removal that does not come to its end: a mount is in its way.
mount -t tmpfs obstacle "$old/usr/bin" || fail tmpfs
echo yet-more >>"$lists/build.packages"
run "${as_root[@]}" -- --mirror http://m.example exec true
umount "$(findmnt --noheadings --output TARGET obstacle)" || fail umount
cp "$place/list" "$lists/build.packages"
run "${as_root[@]}" -- --mirror http://m.example exec true
expect_success 'what was removed in part is made anew'
expect_cache "$place/cache"

step 'clean'
run "${as_root[@]}" -- clean
expect_success 'clean'
[[ ! -e $place/cache && ! -e $place/root/checkout/build && -e $place/root/checkout/dev ]] ||
    fail 'it has left something, or removed too much'
