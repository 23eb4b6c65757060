"""The results as tables of Markdown, and the ratios that count."""

LOAD = [("deliveries/s", "deliveries_per_second", 0), ("daemon µs", "daemon_us", 1), ("of it kernel", "daemon_kernel_us", 1),
        ("Redis µs", "redis_us", 1), ("receiver µs", "receiver_us", 1), ("generator µs", "generator_us", 1),
        ("intake p50 ms", "intake_p50_ms", 2), ("intake p99 ms", "intake_p99_ms", 2), ("daemon MiB", "daemon_mib", 0),
        ("refused", "refused", 0), ("machine busy with others", "other_share", 2)]
LIGHT = [("intake p50 ms", "intake_p50_ms", 2), ("intake p99 ms", "intake_p99_ms", 2),
         ("acceptance to receipt p50", "acceptance_to_receipt_p50_ms", 2), ("p99", "acceptance_to_receipt_p99_ms", 2),
         ("post to receipt p50", "post_to_receipt_p50_ms", 2), ("p99", "post_to_receipt_p99_ms", 2),
         ("longest", "post_to_receipt_max_ms", 2), ("refused", "refused", 0), ("repeated", "repeated", 0)]
QUEUE = [("drained at /s", "per_second", 0), ("daemon µs", "daemon_us", 1), ("Redis µs", "redis_us", 1),
         ("Redis bytes beyond the body", "redis_bytes", 0), ("daemon MiB before", "before_mib", 0),
         ("at most", "daemon_mib", 0), ("ready after s", "ready_seconds", 2)]
TABLES = [(("load", "batch", "https", "many", "idle"), "As much as goes through (µs are of CPU, for each event)", LOAD),
          (("light",), "At an even rate", LIGHT),
          (("queue",), "What waited, is found at a start, and drains", QUEUE)]

# What is divided by what, and what it should be.
RATIOS = [("the floor, fsync", "load fsync postrider", "load fsync floor", "0.65"),
          ("the floor, everysec", "load everysec postrider", "load everysec floor", "0.65"),
          ("BullMQ, everysec", "load everysec postrider", "load everysec bullmq", "3.5"),
          ("the floor, by batches, fsync", "batch fsync postrider", "load fsync floor", "1.0"),
          ("the floor, by batches, everysec", "batch everysec postrider", "load everysec floor", "1.0"),
          ("HTTPS over HTTP", "https everysec postrider", "load everysec postrider", "0.75"),
          ("1,000 endpoints over one", "many everysec postrider", "load everysec postrider", "0.8"),
          ("beside 10,000 idle endpoints over alone", "idle everysec postrider", "load everysec postrider", "1.0")]


def tables(medians):
    parts = []
    for kinds, title, columns in TABLES:
        rows = {case: values for case, values in medians.items() if case.split()[0] in kinds}
        if rows:
            parts += [f"\n### {title}\n", table(rows, columns)]
    lines = [f"| {name} | {medians[own]['deliveries_per_second'] / medians[other]['deliveries_per_second']:.2f} | {wanted} |"
             for name, own, other, wanted in RATIOS if own in medians and other in medians]
    if lines:
        parts += ["\n### Deliveries/s, as ratios of this run\n", "| over | is | wanted at least |", "|---|---|---|", *lines]
    return "\n".join(parts)


def table(rows, columns):
    lines = ["| | " + " | ".join(name for name, _, _ in columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for case, values in rows.items():
        cells = (f"{values[key]:.{digits}f}" if key in values else "" for _, key, digits in columns)
        lines.append(f"| {case} | " + " | ".join(cells) + " |")
    return "\n".join(lines)
