"""What `postrider --help` of every command says, as data."""

import re
import subprocess
from dataclasses import dataclass, field

COLUMN = 34  # where descriptions begin; a longer entry has its description on the next line
FILE_OPTIONS = {"--config", "--ca-file"}
FOLDER_OPTIONS = {"--state-dir"}


@dataclass
class Option:
    names: list
    value: str  # TEXT, UINT, …; empty: a switch
    choices: list
    limits: str  # such as 0 - 256
    variable: str
    repeated: bool
    required: bool
    text: str

    @property
    def long_name(self):
        return next(name for name in self.names if name.startswith("--"))

    @property
    def takes(self):
        """file, folder or anything; only for options with a value that has no choices."""
        return "file" if self.long_name in FILE_OPTIONS else "folder" if self.long_name in FOLDER_OPTIONS else ""


@dataclass
class Command:
    path: tuple  # ("dead-letters", "list"); () is the program
    text: str
    usage: str
    options: list = field(default_factory=list)
    positionals: list = field(default_factory=list)  # (name, description)
    subcommands: list = field(default_factory=list)  # (name, description)


def entries(lines):
    """(entry, description) for each entry of one section."""
    index = 0
    while index < len(lines):
        line, following = lines[index], lines[index + 1] if index + 1 < len(lines) else ""
        if following.startswith(" " * COLUMN):
            yield line.strip(), following.strip()
            index += 2
        else:
            yield line[:COLUMN].strip(), line[COLUMN:].strip()
            index += 1


def option_of(entry, text):
    names, _, rest = entry.partition(" ")
    value = re.match(r"[A-Z]+", rest)
    choices = re.search(r"\{([^}]*)\}", rest)
    limits = re.search(r"\[([^\]]*)\]", rest)
    variable = re.search(r"\(Env:(\w+)\)", rest)
    return Option(names=names.split(","), value=value[0] if value and ":" not in value[0] and value[0] != "REQUIRED" else "",
                  choices=choices[1].split(",") if choices else [], limits=limits[1] if limits else "",
                  variable=variable[1] if variable else "", repeated="..." in rest, required="REQUIRED" in rest, text=text)


def parse(path, output):
    lines = output.rstrip("\n").split("\n")
    usage = next(line for line in lines if line.startswith("Usage: "))
    command = Command(path, lines[0].rstrip("."), usage.removeprefix("Usage: "))
    sections = {}
    for line in lines[lines.index(usage) + 1:]:
        if line and not line.startswith(" "):
            sections[line.rstrip(":")] = current = []
        elif line:
            current.append(line)
    for name, found in sections.items():
        if name == "Options":
            command.options = [option_of(*entry) for entry in entries(found)]
        elif name == "Positionals":
            command.positionals = [(entry.split()[0], text) for entry, text in entries(found)]
        elif name == "Subcommands":
            command.subcommands = [(entry.split()[0], text) for entry, text in entries(found)]
        else:
            raise ValueError(f"{path}: a section {name!r} that these pages do not know")
    return command


def read(binary, path=()):
    """The command and, behind it, all below it."""
    output = subprocess.run([binary, *path, "--help"], check=True, capture_output=True, text=True, timeout=60).stdout
    command = parse(path, output)
    found = [command]
    for name, _ in command.subcommands:
        found += read(binary, (*path, name))
    return found


def version(binary):
    output = subprocess.run([binary, "version"], check=True, capture_output=True, text=True, timeout=60).stdout
    return re.search(r"\d+\.\d+\.\d+", output)[0]
