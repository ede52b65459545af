# SPDX-License-Identifier: GPL-2.0-only
# bash completion for mitosisctl(1). Cells and settings come from the running service.

# _mitosisctl_offer CUR SUFFIX: the lines of standard input, quoted for the command line, that begin with
# CUR. Anybody to whom a cgroup is delegated names cells: not compgen -W, which expands its words.
_mitosisctl_offer() {
    local line word
    while IFS= read -r line; do
        printf -v word %q "$line"
        [[ $word == "$1"* ]] && COMPREPLY+=("$word$2")
    done
}

_mitosisctl() {
    local cur prev words cword
    _init_completion -n = || return

    local -A options=(
        [status]='--json' [cells]='--json --names' [cell]='--json'
        [top]='--batch --count --delay --json' [monitor]='--count --json --statistics'
        [metrics]='--format --json' [dump]='--json' [doctor]='--json' [verify]='--json'
        [rebalance]='--dry-run --force --no-ask-password --json'
        [set]='--dry-run --if-generation --reattach --no-ask-password --json'
        [reset]='--no-ask-password --json' [reload]='--no-ask-password --json'
        [plan]='--explain --live --json' [config]='--effective --diff --files --names --json'
    )
    local command=${words[1]:-}
    if ((cword == 1)); then
        mapfile -t COMPREPLY < <(compgen -W \
            "${!options[*]} --no-ask-password --help --version" -- "$cur")
        return
    fi
    case $prev in
    --format)
        mapfile -t COMPREPLY < <(compgen -W 'prometheus json' -- "$cur")
        return
        ;;
    --count | -n | --delay | -d | --statistics | --if-generation) return ;;
    esac
    if [[ $cur == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "${options[$command]:-} --help" -- "$cur")
        return
    fi
    case $command in
    plan)
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        ;;
    cell)
        _mitosisctl_offer "$cur" '' < <(mitosisctl cells --names 2>/dev/null)
        ;;
    set)
        _mitosisctl_offer "$cur" = < <(mitosisctl config --names 2>/dev/null)
        compopt -o nospace
        ;;
    reset)
        _mitosisctl_offer "$cur" '' < <(mitosisctl config --names 2>/dev/null)
        ;;
    esac
} && complete -F _mitosisctl mitosisctl
