"""What manifests say, held to what the program has."""

import subprocess
import sys

from harness.daemon import BINARY, ROOT

sys.path.insert(0, str(ROOT / "packaging/pages"))
import help_text  # noqa: E402

HEALTH_PATHS = {"/health", "/ready"}


def commands():
    return {command.path: command for command in help_text.read(BINARY)}


def check_arguments(arguments):
    """Each word of a `postrider` command line is known to the program."""
    known = commands()
    path = ()
    words = list(arguments)
    while words and (*path, words[0]) in known:
        path = (*path, words.pop(0))
    assert path, arguments
    options = {name: option for option in known[path].options for name in option.names}
    while words:
        option = options[words.pop(0)]
        if option.value:
            value = words.pop(0)
            assert not option.choices or value in option.choices, (option.names, value)


def check_config(file, environment):
    """`postrider check` takes it."""
    result = subprocess.run([BINARY, "check", file], env=environment, capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
