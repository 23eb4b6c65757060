"""What Postrider's users may do in Redis: no more than the commands in docs/configuration.md give them."""

import re
import shlex

from .named_tests import read_page


def documented_rights(after="redis-cli"):
    """The rules behind the password, of the command that begins so."""
    found = re.findall(rf"^{after} ACL SETUSER postrider on (.*?[^\\])$", read_page("configuration.md"), re.MULTILINE | re.DOTALL)
    assert len(found) == 1, f"docs/configuration.md has {len(found)} of these commands"
    password, *rights = shlex.split(found[0].replace("\\\n", " "))
    assert password.startswith(">")
    return rights


def user_with(password, after="redis-cli"):
    """As redis-server takes it, beside `--user` or in a file."""
    return ["postrider", "on", ">" + password, *documented_rights(after)]
