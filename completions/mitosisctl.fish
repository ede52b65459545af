# SPDX-License-Identifier: GPL-2.0-only
# fish completion for mitosisctl(1). Cells and settings come from the running service.

complete -c mitosisctl -f
complete -c mitosisctl -n __fish_use_subcommand -l version -d 'print the version'
complete -c mitosisctl -l help -d 'print a short help'
complete -c mitosisctl -l no-ask-password -d 'ask nobody for a password'

complete -c mitosisctl -n __fish_use_subcommand -a status -d 'the service and the scheduler'
complete -c mitosisctl -n __fish_use_subcommand -a cells -d 'every cell in a line'
complete -c mitosisctl -n __fish_use_subcommand -a cell -d 'one cell in full'
complete -c mitosisctl -n __fish_use_subcommand -a top -d 'the cells, live'
complete -c mitosisctl -n __fish_use_subcommand -a monitor -d 'what happens, as it happens'
complete -c mitosisctl -n __fish_use_subcommand -a metrics -d 'everything that is counted'
complete -c mitosisctl -n __fish_use_subcommand -a dump -d 'all that the service knows'
complete -c mitosisctl -n __fish_use_subcommand -a doctor -d 'what is wrong with this machine'
complete -c mitosisctl -n __fish_use_subcommand -a verify -d 'whether all is as the service says'
complete -c mitosisctl -n __fish_use_subcommand -a rebalance -d 'divide the CPUs again now'
complete -c mitosisctl -n __fish_use_subcommand -a set -d 'change settings until the service ends'
complete -c mitosisctl -n __fish_use_subcommand -a reset -d 'drop what was set'
complete -c mitosisctl -n __fish_use_subcommand -a reload -d 'read the configuration files again'
complete -c mitosisctl -n __fish_use_subcommand -a config -d 'the settings in force'
complete -c mitosisctl -n __fish_use_subcommand -a plan -d 'divide CPUs only in thought'

complete -c mitosisctl -n 'not __fish_use_subcommand' -l json -d 'print JSON for programs'
complete -c mitosisctl -n '__fish_seen_subcommand_from cells config' -l names -d 'only names'
complete -c mitosisctl -n '__fish_seen_subcommand_from cell' \
    -a '(mitosisctl cells --names 2>/dev/null)'
complete -c mitosisctl -n '__fish_seen_subcommand_from top' -s b -l batch -d 'print, do not draw'
complete -c mitosisctl -n '__fish_seen_subcommand_from top monitor' -s n -l count -x -d 'how many'
complete -c mitosisctl -n '__fish_seen_subcommand_from top' -s d -l delay -x -d 'seconds'
complete -c mitosisctl -n '__fish_seen_subcommand_from monitor' -l statistics -x -d 'seconds'
complete -c mitosisctl -n '__fish_seen_subcommand_from metrics' -l format -x -a 'prometheus json'
complete -c mitosisctl -n '__fish_seen_subcommand_from rebalance' -l force \
    -d 'move what improves anything, whatever the threshold says'
complete -c mitosisctl -n '__fish_seen_subcommand_from rebalance set' -l dry-run \
    -d 'only say what would change'
complete -c mitosisctl -n '__fish_seen_subcommand_from set' -l if-generation -x -d 'generation'
complete -c mitosisctl -n '__fish_seen_subcommand_from set' -l reattach -d 'attach anew'
complete -c mitosisctl -n '__fish_seen_subcommand_from set' \
    -a '(mitosisctl config --names 2>/dev/null | string replace -r "\$" "=")'
complete -c mitosisctl -n '__fish_seen_subcommand_from reset' \
    -a '(mitosisctl config --names 2>/dev/null)'
complete -c mitosisctl -n '__fish_seen_subcommand_from config' -l effective -d 'all of them'
complete -c mitosisctl -n '__fish_seen_subcommand_from config' -l diff -d 'not at their default'
complete -c mitosisctl -n '__fish_seen_subcommand_from config' -l files -d 'the files read'
complete -c mitosisctl -n '__fish_seen_subcommand_from plan' -F
complete -c mitosisctl -n '__fish_seen_subcommand_from plan' -l live -d 'for the running service'
complete -c mitosisctl -n '__fish_seen_subcommand_from plan' -l explain -x -d 'a cell or a CPU'
