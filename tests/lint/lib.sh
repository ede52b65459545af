# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Shared by the lint tests; sourced. Every test is called as TEST SOURCE_ROOT.

# enter ROOT: go to the source root; paths are relative to it from here on.
enter() {
    cd "$1" || exit 1
}

# all_files: every file of the project, one a line, without what git ignores. A tree without git
# (a tarball, or a worktree whose repository is elsewhere) is searched instead.
all_files() {
    if git -c safe.directory='*' rev-parse --git-dir >/dev/null 2>&1; then
        git -c safe.directory='*' ls-files --cached --others --exclude-standard
    else
        find . \( -name .git -o -path './build*' -o -path ./.cache \) -prune -o -type f -print |
            sed 's|^\./||'
    fi | sort
}

# files_like PATTERN...: the files that match one of the patterns; * also matches slashes.
files_like() {
    local file pattern
    while read -r file; do
        for pattern; do
            # shellcheck disable=SC2053  # the pattern is meant as one
            if [[ $file == $pattern && -f $file ]]; then
                printf '%s\n' "$file"
                break
            fi
        done
    done < <(all_files)
}

# written_in INTERPRETER SUFFIX: every script of it, told by its name or by its first line.
written_in() {
    local file first
    while read -r file; do
        [[ -f $file ]] || continue
        first=
        IFS= read -r first <"$file" 2>/dev/null || true
        if [[ $file == *.$2 || $first =~ ^'#!'.*[/\ ]($1)$ ]]; then
            printf '%s\n' "$file"
        fi
    done < <(all_files)
}

scripts() { written_in 'bash|sh' sh; }
python_scripts() { written_in python3 py; }

failures=0
# complain TEXT: one finding, as FILE:LINE: WHAT.
complain() {
    printf '%s\n' "$1"
    failures=$((failures + 1))
}

# conclude CHECKED: the last word; a test that looked at nothing has failed.
conclude() {
    printf '%d checked, %d found wrong\n' "$1" "$failures"
    ((failures == 0 && $1 > 0))
}
