#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What the three shells offer for a command line, one word a line, with mitosisctl on PATH.
# Usage: completions.sh bash|zsh|fish FOLDER LINE
set -u -o pipefail
shell=${1:?usage: completions.sh bash|zsh|fish FOLDER LINE} folder=${2:?} line=${3:?}

in_bash() {
    bash --norc -c '
        . /usr/share/bash-completion/bash_completion
        . "$1/mitosisctl.bash"
        COMP_LINE=$2 COMP_POINT=${#2}
        read -ra COMP_WORDS <<<"$2"
        [[ $2 == *" " ]] && COMP_WORDS+=("")
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        compopt() { :; } # only known while readline completes
        _mitosisctl
        printf "%s\n" "${COMPREPLY[@]}"' _ "$folder" "$line"
}

in_fish() {
    # shellcheck disable=SC2016  # fish expands it
    fish --no-config -c 'source $argv[1]/mitosisctl.fish; complete -C $argv[2]' \
        "$folder" "$line" | cut -f 1
}

# zsh completes only at a terminal of its own: a pseudo terminal that types the line and a tab.
in_zsh() {
    zsh -f -c '
        zmodload zsh/zpty
        zpty shell zsh -f -i
        zpty -w shell "PS1= PROMPT= ; unsetopt zle_bracketed_paste; fpath=($1 \$fpath)"
        zpty -w shell "autoload -U compinit && compinit -u -D"
        zpty -w shell "zstyle \":completion:*\" list-prompt \"\"; LISTMAX=1000; setopt no_beep"
        zpty -w shell "list() { compadd() { builtin compadd -O found \"\$@\"; print -l -- \$found >>\$OFFERED; builtin compadd \"\$@\" }; _main_complete; exit }"
        zpty -w shell "zle -C list-all complete-word list; bindkey \"^I\" list-all; echo REA\"\"DY"
        zpty -r -m shell seen "*READY*" || exit 1
        zpty -w -n shell "$2"$'"'\\t'"'
        zpty -r -m shell seen "*never*" || true' _ "$folder" "$line" >/dev/null 2>&1
    cat "$OFFERED"
}

case $shell in
bash) in_bash ;;
fish) in_fish ;;
zsh)
    OFFERED=$(mktemp)
    export OFFERED
    trap 'rm -f "$OFFERED"' EXIT
    in_zsh
    ;;
*) exit 2 ;;
esac
