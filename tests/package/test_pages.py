"""The manual page and the shells' completions, written from --help, used as a person would."""

import re
import subprocess

import pytest

from shipped import commands

COMMANDS = commands()
LEAVES = [path for path, command in COMMANDS.items() if path and not command.subcommands]


@pytest.fixture(scope="session")
def manual(pages):
    return subprocess.run(["mandoc", "-Tutf8", "-Owidth=200", pages / "postrider.1"], check=True, capture_output=True,
                          text=True, timeout=60).stdout.replace("\b", "")


def test_the_manual_is_well_formed(pages):
    result = subprocess.run(["mandoc", "-Tlint", "-Werror", pages / "postrider.1"], capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stdout


def test_the_manual_has_every_command_and_option(pages):
    text = (pages / "postrider.1").read_text().replace("\\-", "-")
    for path in LEAVES:
        section = text.split(f"\n.SS {COMMANDS[path].usage}\n")[1].split("\n.S")[0]
        assert COMMANDS[path].text in section
        for option in COMMANDS[path].options:
            assert option.long_name == "--help" or f"\\fB{option.long_name}\\fR" in section, (path, option)
            assert not option.variable or f"\\fB{option.variable}\\fR" in section


def test_every_option_was_understood():
    serve = {option.long_name: option for option in COMMANDS[("serve",)].options}
    assert serve["--log-format"].choices == ["auto", "text", "json"]
    assert serve["--config"].takes == "file" and serve["--state-dir"].takes == "folder"
    send = {option.long_name: option for option in COMMANDS[("send",)].options}
    assert (send["--timeout"].value, send["--timeout"].limits) == ("FLOAT", "0.001 - 3600")
    assert send["--token"].variable == "POSTRIDER_TOKEN"
    for path, command in COMMANDS.items():
        assert command.text and all(option.text for option in command.options), path


def bash(pages, words):
    script = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); compopt() { echo "$*"; }; _postrider; '
              'printf "%s\\n" "${COMPREPLY[@]}"')
    return subprocess.run(["bash", "-c", script, "bash", pages / "postrider.bash", *words], check=True, capture_output=True,
                          text=True, timeout=60).stdout.split()


def fish(pages, words):
    line = " ".join(words[:-1]) + " " + words[-1]
    output = subprocess.run(["fish", "--no-config", "-c", f'source {pages}/postrider.fish; complete -C "{line}"'], check=True,
                            capture_output=True, text=True, timeout=60)
    assert not output.stderr
    return [row.split("\t")[0] for row in output.stdout.splitlines()]


def zsh(pages, words):
    """What a person sees after Tab, on a terminal of its own."""
    line = " ".join(words[:-1]) + " " + words[-1]
    script = f"""
        zmodload zsh/zpty
        zpty shell zsh -f -i
        zpty -w shell "PS1= ; stty columns 200 rows 100; fpath=({pages} \\$fpath); autoload -Uz compinit; compinit -u -D"
        zpty -w shell "zstyle ':completion:*' list-separator ''; zstyle ':completion:*' force-list always"
        zpty -w shell "LISTMAX=1000; zle-done() {{ print; print -r -- DO''NE; zle accept-line }}; zle -N zle-done"
        zpty -w shell "bindkey '^I' list-choices; bindkey '^O' zle-done; print REA''DY"
        zpty -r shell seen '*READY*'
        zpty -n -w shell $'{line}\\t\\x0f'
        zpty -r shell seen '*DONE*'
        print -r -- $seen"""
    output = subprocess.run(["zsh", "-f", "-c", script], check=True, capture_output=True, text=True, timeout=60).stdout
    without_escapes = re.sub(r"\x1b(\[[0-9;?]*[A-Za-z]|.)", " ", output)
    return without_escapes.replace("\r", " ").split()


@pytest.mark.parametrize("shell", [bash, zsh, fish])
@pytest.mark.parametrize("words, wanted, unwanted", [
    (["postrider", "dead-letters", ""], ["list", "show", "replay", "purge", "follow"], ["serve"]),
    (["postrider", "se"], ["serve", "send", "secret"], ["status"]),
    (["postrider", "serve", "--lo"], ["--log-format", "--log-level"], ["--config"]),
    (["postrider", "endpoints", "--state", ""], ["active", "paused", "disabled"], ["--json"]),
    (["postrider", "--help", "dead-letters", "replay", "--endpoint", "x", "--no"], ["--no-wait"], ["--all"]),
])
def test_completion(pages, shell, words, wanted, unwanted):
    offered = shell(pages, words)
    assert set(wanted) <= set(offered), offered
    assert not set(unwanted) & set(offered), offered


@pytest.mark.parametrize("shell", [bash, fish])
@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_every_option_of_every_command_is_offered(pages, shell, path):
    assert {option.long_name for option in COMMANDS[path].options} <= set(shell(pages, ["postrider", *path, "--"]))
