"""Completion for bash, zsh and fish."""


def key(command):
    return " ".join(command.path)


def quoted(text):
    return "'" + text.replace("'", "'\\''") + "'"


def bash_values(option):
    if option.choices:
        return f"COMPREPLY=($(compgen -W {quoted(' '.join(option.choices))} -- \"$current\"))"
    if option.takes == "file":
        return 'compopt -o default; COMPREPLY=()'
    if option.takes == "folder":
        return 'COMPREPLY=($(compgen -d -- "$current"))'
    return "COMPREPLY=()"


def bash(commands):
    known = [f"'{key(command)}'" for command in commands if command.path]
    lines = ["# bash completion for postrider; written from its --help", "", "_postrider() {",
             "    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}",
             "    local command= word words=",
             '    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do',
             '        case "${command:+$command }$word" in',
             f"            {' | '.join(known)})",
             '                command="${command:+$command }$word" ;;',
             "        esac", "    done",
             '    case "$command $previous" in']
    for command in commands:
        for option in command.options:
            if option.value:
                patterns = " | ".join(quoted(f"{key(command)} {name}") for name in option.names)
                lines.append(f"        {patterns}) {bash_values(option)}; return ;;")
    lines += ["    esac", '    case "$command" in']
    for command in commands:
        words = [name for name, _ in command.subcommands]
        words += [name for option in command.options for name in option.names]
        lines.append(f"        '{key(command)}') words={quoted(' '.join(words))} ;;")
    files = [f"'{key(command)}'" for command in commands if any(name == "FILE" for name, _ in command.positionals)]
    lines += ["    esac", '    case "$command" in',
              f'        {" | ".join(files)}) [[ $current == -* ]] || compopt -o default ;;', "    esac"]
    lines += ['    COMPREPLY=($(compgen -W "$words" -- "$current"))', "}", "", "complete -F _postrider postrider", ""]
    return "\n".join(lines)


def zsh_text(text):
    return text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]").replace(":", "\\:").replace("'", "'\\''")


def zsh_option(option):
    value = ""
    if option.value:
        action = f"({' '.join(option.choices)})" if option.choices else {"file": "_files", "folder": "_files -/"}.get(option.takes, "")
        value = f":{option.value}:{action}"
    one = len(option.names) == 1
    others = "" if one or option.repeated else f"({' '.join(option.names)})"
    for name in option.names:
        yield f"'{'*' if option.repeated else others}{name}[{zsh_text(option.text)}]{value}'"


def zsh_function(command):
    name = "_".join(["_postrider", *(part.replace("-", "_") for part in command.path)])
    arguments = [spec for option in command.options for spec in zsh_option(option)]
    lines = [f"{name}() {{"]
    if command.subcommands:
        lines.append("    local state line")
        lines.append("    local -a commands=(")
        lines += [f"        '{part}:{zsh_text(text)}'" for part, text in command.subcommands]
        lines.append("    )")
        arguments += ["'1: :->command'", "'*:: :->arguments'"]
    else:
        arguments += [f"'*:{part}:{'_files' if part == 'FILE' else ''}'" for part, _ in command.positionals[:1]]
    joined = " \\\n        ".join(arguments)
    lines.append(f"    _arguments {'-C ' if command.subcommands else ''}\\\n        {joined}")
    if command.subcommands:
        lines += ["    case $state in", "        command) _describe command commands ;;",
                  "        arguments)", "            case $line[1] in"]
        lines += [f"                {part}) {name}_{part.replace('-', '_')} ;;" for part, _ in command.subcommands]
        lines += ["            esac", "            ;;", "    esac"]
    return "\n".join([*lines, "}", ""])


def zsh(commands):
    functions = "\n".join(zsh_function(command) for command in commands)
    return f'#compdef postrider\n# zsh completion for postrider; written from its --help\n\n{functions}\n_postrider "$@"\n'


def fish_value(option):
    if not option.value:
        return ""
    if option.choices:
        return f" -x -a {quoted(' '.join(option.choices))}"
    return {"file": " -r -F", "folder": " -x -a '(__fish_complete_directories)'"}.get(option.takes, " -x")


def fish_text(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def fish(commands):
    known = " ".join(quoted(key(command)) for command in commands if command.path)
    lines = ["# fish completion for postrider; written from its --help", "",
             "# Whether the command line is at this command.", "function __postrider_at",
             "    set -l at", "    for word in (commandline -opc)[2..]",
             f"        contains -- (string join -- ' ' $at $word) {known}; and set -a at $word", "    end",
             '    test "$at" = "$argv[1]"', "end", "", "complete -c postrider -f"]
    for command in commands:
        here = f"complete -c postrider -n \"__postrider_at '{key(command)}'\""
        lines += [f"{here} -a {part} -d {fish_text(text)}" for part, text in command.subcommands]
        if any(name == "FILE" for name, _ in command.positionals):
            lines.append(f"{here} -F")
        for option in command.options:
            names = "".join(f" -l {name[2:]}" if name.startswith("--") else f" -s {name[1:]}" for name in option.names)
            lines.append(f"{here}{names}{fish_value(option)} -d {fish_text(option.text)}")
    return "\n".join(lines) + "\n"
