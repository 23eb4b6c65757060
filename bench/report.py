"""The results as tables of Markdown."""

import re

import targets

LOAD = [("deliveries/s", "deliveries_per_second", 0), ("daemon µs", "daemon_us", 1), ("of it kernel", "daemon_kernel_us", 1),
        ("Redis µs", "redis_us", 1), ("receiver µs", "receiver_us", 1), ("generator µs", "generator_us", 1),
        ("intake p50 ms", "intake_p50_ms", 2), ("intake p99 ms", "intake_p99_ms", 2), ("daemon MiB", "daemon_mib", 0),
        ("refused", "refused", 0), ("machine busy with others", "other_share", 2), ("idle", "idle_share", 2)]
ENDPOINTS = [column for column in LOAD if column[0] not in ("intake p50 ms", "intake p99 ms", "of it kernel")]
LIGHT = [("intake p50 ms", "intake_p50_ms", 2), ("intake p99 ms", "intake_p99_ms", 2),
         ("acceptance to receipt p50", "acceptance_to_receipt_p50_ms", 2), ("p99", "acceptance_to_receipt_p99_ms", 2),
         ("post to receipt p50", "post_to_receipt_p50_ms", 2), ("p99", "post_to_receipt_p99_ms", 2),
         ("longest", "post_to_receipt_max_ms", 2), ("refused", "refused", 0), ("repeated", "repeated", 0)]
PASSING = [("passing at /s", "flow_per_second", 0), ("waited meanwhile", "flow_waiting", 0), ("daemon µs", "flow_daemon_us", 1),
           ("Redis µs", "flow_redis_us", 1), ("Redis bytes beyond the body", "redis_bytes", 0), ("daemon MiB", "before_mib", 0),
           ("ready after s", "ready_seconds", 2)]
DRAIN = [("drained at /s", "per_second", 0), ("steady /s", "steady_per_second", 0), ("daemon µs", "daemon_us", 1),
         ("Redis µs", "redis_us", 1), ("daemon MiB before", "before_mib", 0), ("at most", "daemon_mib", 0)]
# name of the section: title, which cases by their first word, columns
SECTIONS = {
    "load": ("As much as goes through (µs are of CPU, for each event)", ("load", "batch", "batches", "https", "idle"), LOAD),
    "endpoints": ("The same over so many endpoints that take turns", ("endpoints",), ENDPOINTS),
    "light": ("At an even rate", ("light",), LIGHT),
    "queue": ("While so many wait, as many come in as go out", ("queue",), PASSING),
    "drain": ("What waited drains", ("queue", "retries"), DRAIN),
}


def sections(medians, runs):
    """Name of the section to its table, with its title, in order."""
    found = {}
    for name, (title, kinds, columns) in SECTIONS.items():
        rows = {case: values for case, values in medians.items() if case.split()[0] in kinds and columns[0][1] in values}
        if rows:
            found[name] = f"**{title}**\n\n{table(rows, columns)}"
    if rows := targets.rows(medians, runs):
        found["targets"] = target_table(rows)
    return found


def conditions(results):
    of = results["machine"]
    words = " ".join(["bench/run", *results["command"]])
    return (f"`{words}` on {of['cores']} cores ({of['cpu']}), Linux {of['kernel']}, Redis {of['redis']}, nginx {of['nginx']}: "
            f"{results['repeats']} repeats of {results['seconds']} seconds in turns, medians. It took {results['took']} s.")


PLACE = re.compile(r"(<!-- bench/report: (?!end -->)(\w+) -->\n).*?(<!-- bench/report: end -->)", re.S)


def filled(page, found):
    """The page with the sections that were found in their places, and the names of places that were left alone."""
    missing = [match[2] for match in PLACE.finditer(page) if match[2] not in found]

    def fresh(match):
        return match[0] if match[2] in missing else f"{match[1]}\n{found[match[2]]}\n\n{match[3]}"
    return PLACE.sub(fresh, page), missing


def target_table(rows):
    lines = ["| target | wanted | measured | |", "|---|---|---|---|"]
    for row in rows:
        bound, met = "at least" if row.at_least else "at most", "met" if row.met else "**missed**"
        lines.append(f"| {row.target} | {bound} {row.wanted:g} | {row.measured:,.{row.digits}f} | {met} |")
    return "\n".join(lines)


def table(rows, columns):
    lines = ["| | " + " | ".join(name for name, _, _ in columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for case, values in rows.items():
        cells = (f"{values[key]:.{digits}f}" if key in values else "" for _, key, digits in columns)
        lines.append(f"| {case} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


LEAST_CALLS = 0.005  # for an event: rarer ones are shown together


def syscall_table(found):
    """Calls for each event by their name, one column for each subject; those that the last one makes most often first."""
    last = list(found.values())[-1]
    names = sorted({name for calls in found.values() for name in calls}, key=lambda name: (-last.get(name, 0), name))
    often = [name for name in names if any(calls.get(name, 0) >= LEAST_CALLS for calls in found.values())]
    rows = {**{f"`{name}`": [name] for name in often}, "others": set(names) - set(often), "all": names}
    return side_by_side("system calls of an event", found, rows, 3)


def budget_table(found):
    """µs of each stage for an event, one column for each subject; the dearest stage of the last one first."""
    last = list(found.values())[-1]
    names = sorted({name for stages in found.values() for name in stages}, key=lambda name: (-last.get(name, 0), name))
    return side_by_side("µs of an event", found, {**{name: [name] for name in names}, "all": names}, 1)


def side_by_side(title, found, rows, digits):
    """`rows`: name of the row to what is summed in it."""
    lines = [f"| {title} | " + " | ".join(found) + " |", "|---" * (len(found) + 1) + "|"]
    for name, members in rows.items():
        cells = (sum(values.get(member, 0) for member in members) for values in found.values())
        lines.append(f"| {name} | " + " | ".join(f"{value:.{digits}f}" for value in cells) + " |")
    return "\n".join(lines)
