"""Durations as people read them."""

from datetime import timedelta


def length(duration: timedelta) -> str:
    """A duration in days and hours, such as 6 d 23.5 h."""
    days, rest = divmod(duration, timedelta(days=1))
    hours = rest / timedelta(hours=1)
    parts = [f"{days} d"] if days else []
    if hours or not days:
        parts.append(f"{hours:.2f}".rstrip("0").rstrip(".") + " h")
    return " ".join(parts)
