"""The results as tables of Markdown."""

LOAD = [("deliveries/s", "deliveries_per_second", 0), ("intake/s", "intake_per_second", 0),
        ("intake p50 ms", "intake_p50_ms", 2), ("intake p99 ms", "intake_p99_ms", 2), ("daemon µs", "daemon_us", 1),
        ("of it kernel", "daemon_kernel_us", 1), ("Redis µs", "redis_us", 1), ("receiver µs", "receiver_us", 1), ("generator µs", "generator_us", 1),
        ("daemon MiB", "daemon_mib", 0), ("refused", "refused", 0), ("machine busy with others", "other_share", 2)]
LIGHT = [("intake p50 ms", "intake_p50_ms", 2), ("intake p99 ms", "intake_p99_ms", 2),
         ("acceptance to receipt p50", "acceptance_to_receipt_p50_ms", 2), ("p99", "acceptance_to_receipt_p99_ms", 2),
         ("post to receipt p50", "post_to_receipt_p50_ms", 2), ("p99", "post_to_receipt_p99_ms", 2),
         ("longest", "post_to_receipt_max_ms", 2), ("refused", "refused", 0), ("repeated", "repeated", 0)]
RATIOS = [("deliveries/s", "deliveries_per_second"), ("daemon µs", "daemon_us"), ("Redis µs", "redis_us")]


def tables(medians):
    parts = []
    for kind, title, columns in (("load", "As much as goes through (µs are of CPU, for each event)", LOAD),
                                 ("light", "200 events/s", LIGHT)):
        rows = {case: values for case, values in medians.items() if case.startswith(kind)}
        if rows:
            parts += [f"\n### {title}\n", table(rows, columns)]
    parts += ratios(medians)
    return "\n".join(parts)


def table(rows, columns):
    lines = ["| | " + " | ".join(name for name, _, _ in columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for case, values in rows.items():
        cells = (f"{values[key]:.{digits}f}" for _, key, digits in columns)
        lines.append(f"| {case.partition(' ')[2]} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def ratios(medians):
    lines = []
    for durability in ("fsync", "everysec"):
        floor, own = (medians.get(f"load {durability} {subject}") for subject in ("floor", "postrider"))
        if floor and own:
            parts = ", ".join(f"{name} {own[key] / floor[key]:.2f}" for name, key in RATIOS)
            lines.append(f"\nPostrider over the floor, {durability}: {parts}")
    return lines
