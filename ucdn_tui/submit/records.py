"""Records of the journal: submissions with their calls, and how the lines of the file become them. Pure."""

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from enum import StrEnum
from math import isfinite
from typing import Any, Final

from msgspec import Struct, field

from ucdn_tui.api.models import TaskKind
from ucdn_tui.submit.models import Batch, UrlType
from ucdn_tui.url_identity import identity


class CallState(StrEnum):
    """What is known of a call. The values stand in the file."""

    NOT_SENT = "not-sent"
    SENDING = "send"
    """Sent, and no outcome yet: still running, or the program was killed."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    """The API or a gateway refused it: it submitted nothing."""

    UNKNOWN = "unknown"
    """The answer was lost, and no such task is listed yet."""

    ABSENT = "absent"
    """The answer was lost, and the account was searched in vain: probably nothing was submitted."""


DOUBTFUL: Final = frozenset({CallState.SENDING, CallState.UNKNOWN, CallState.ABSENT})
"""The call may have submitted its URLs."""

_DAMAGED: Final = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What `apply` raises for a line that is damaged, or of a later version."""

UNRESOLVED: Final = frozenset({CallState.SENDING, CallState.UNKNOWN})


class Call(Struct):
    """One call of a submission."""

    batch: Batch
    state: CallState = CallState.NOT_SENT
    sent: float = 0.0
    """Server time in Unix seconds; 0 if it was not sent."""

    task_id: str = ""
    """TaskId; "" if it is unknown, also of an accepted call whose answer had none."""

    reason: str = ""
    """Why it was refused, was not sent, or has no answer; for people."""


class Submission(Struct):
    """One confirmed plan."""

    id: str
    account: str
    created: float
    """Server time in Unix seconds."""

    calls: list[Call] = field(default_factory=list)
    is_over: bool = False
    """Whether it came to its end, or was cancelled; else the program was killed."""

    def in_state(self, *states: CallState) -> list[Call]:
        return [call for call in self.calls if call.state in states]

    def urls_in(self, *states: CallState) -> set[tuple[TaskKind, str]]:
        """Return kind and `identity` of each URL of the calls in these states."""
        return {(call.batch.kind, identity(url)) for call in self.in_state(*states) for url in call.batch.urls}


def replay(lines: Iterable[bytes]) -> dict[str, Submission]:
    submissions: dict[str, Submission] = {}
    for line in lines:
        with suppress(*_DAMAGED):
            apply(submissions, event(line))
    return submissions


def event(line: bytes) -> dict[str, Any]:
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return event if isinstance(event, dict) else {}


def event_id(line: bytes) -> str:
    key = event(line).get("id")
    return key if isinstance(key, str) else ""


def apply(submissions: dict[str, Submission], event: Mapping[str, Any]) -> None:
    """Apply one line; raises one of several errors if it is damaged."""
    key, at = event["id"], float(event["at"])
    if not isinstance(key, str) or not isfinite(at):
        raise ValueError
    if event["event"] == "plan":
        calls = [
            Call(
                Batch(
                    TaskKind(call["kind"]),
                    UrlType(call["type"]),
                    str(call["host"]),
                    tuple(map(str, call["urls"])),
                    bool(call["dcdn"]),
                )
            )
            for call in event["calls"]
        ]
        submissions[key] = Submission(key, str(event["account"]), at, calls)
        return
    submission = submissions[key]
    if event["event"] == "end":
        submission.is_over = True
        return
    state, number = CallState(event["event"]), int(event["call"])
    if number < 0:
        raise IndexError
    call = submission.calls[number]
    call.state = state
    call.task_id, call.reason = str(event.get("task_id", "")), str(event.get("reason", ""))
    if state is CallState.SENDING:
        call.sent = at
