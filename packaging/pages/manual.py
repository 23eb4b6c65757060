"""postrider(1)."""

ABOUT = """Postrider takes events over HTTP, stores them durably in Redis, and delivers each of them, signed, to every
endpoint that subscribed to it, again and again until it is accepted or declared dead.
.PP
.B postrider serve
is the daemon. The other commands check its configuration, talk to a running daemon, or work with signatures
offline."""

END = r""".SH EXIT STATUS
.TP
.B 0
Done.
.TP
.B 1
Failed; one line on standard error says what to do.
.TP
.B 2
Wrong usage or configuration.
.SH SIGNALS
.TP
.B SIGHUP
Reads the configuration again; a faulty one changes nothing.
.TP
.BR SIGTERM ", " SIGINT
Ends in order: what is under way has six seconds. A second one cuts them short.
.SH FILES
.TP
.I /etc/postrider/postrider.yaml
The configuration of the packaged service, with every key.
.TP
.I /etc/postrider/credentials/
Secrets for the service, readable by root alone: the configuration names each as
.IR file:/run/credentials/postrider.service/secret_NAME .
.TP
.I /var/lib/postrider/
The data of the embedded Redis, and the key that seals stored secrets.
.SH SEE ALSO
.BR redis-server (1),
.BR systemctl (1),
.I /usr/share/doc/postrider/
"""


def plain(text):
    """A leading dot or quote would be a request, and every hyphen is one that can be copied."""
    text = text.replace("\\", r"\e").replace("-", r"\-")
    return r"\&" + text if text[:1] in (".", "'") else text


def option_lines(option):
    value = "|".join(option.choices) or option.value
    names = ", ".join(rf"\fB{plain(name)}\fR" for name in option.names)
    notes = []
    if option.limits:
        notes.append(f"Range: {option.limits}.")
    if option.required:
        notes.append("Needed.")
    if option.repeated and "repeated" not in option.text:
        notes.append("May be repeated.")
    text = option.text.rstrip(".")
    yield ".TP"
    yield names + (rf" \fI{plain(value)}\fR" if value else "")
    yield plain(" ".join([f"{text}.", *notes]))
    if option.variable:
        yield rf"Also by the environment variable \fB{option.variable}\fR."


def command_lines(command):
    yield rf".SS {plain(command.usage)}"
    yield plain(f"{command.text}.")
    for name, text in command.positionals:
        yield from (".TP", rf"\fI{plain(name)}\fR", plain(f"{text.rstrip('.')}."))
    for option in command.options:
        if option.long_name != "--help":
            yield from option_lines(option)


def render(commands, version):
    lines = [f'.TH POSTRIDER 1 "" "Postrider {version}" "User Commands"',
             ".SH NAME", rf"postrider \- {plain(commands[0].text[0].lower() + commands[0].text[1:])}",
             ".SH SYNOPSIS", r".B postrider", r"\fICOMMAND\fR [\fIOPTIONS\fR]",
             ".SH DESCRIPTION", ABOUT, ".SH COMMANDS"]
    for command in commands:
        if command.path and not command.subcommands:
            lines += command_lines(command)
    variables = {}
    for command in commands:
        for option in command.options:
            if option.variable:
                variables.setdefault(option.variable, option.text)
    lines.append(".SH ENVIRONMENT")
    for name, text in sorted(variables.items()):
        lines += [".TP", f".B {name}", plain(f"{text.rstrip('.')}.")]
    return "\n".join(lines) + "\n" + END
