"""Calls to submit."""

from ucdn_tui.api.models import TaskKind
from ucdn_tui.submit.models import Batch, UrlType

NOW = 1_760_000_000.0
"""Unix seconds."""

MINUTES_AGO = NOW - 300


def batch(*urls: str, type_: str = "file", kind: TaskKind = TaskKind.REFRESH, is_dcdn: bool = False) -> Batch:
    return Batch(kind, UrlType(type_), urls[0].split("/")[2], urls, is_dcdn)


def prefetch(*urls: str) -> Batch:
    return batch(*urls, type_="", kind=TaskKind.PREFETCH)


FILES = batch("http://img.example.com/one", "http://img.example.com/two")

PREFETCHES = prefetch("http://dl.example.com/one")
