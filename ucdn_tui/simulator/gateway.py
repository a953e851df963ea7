"""HTTP around the service, without a socket: parts of a request in, parts of a response out."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from email.utils import formatdate
from random import Random
from typing import Any, NamedTuple
from urllib.parse import parse_qsl
from uuid import UUID

import msgspec

from ucdn_tui.simulator.actions.losses import Loss
from ucdn_tui.simulator.actions.service import Service
from ucdn_tui.simulator.actions.submissions import SUBMITTING

_FORM = "application/x-www-form-urlencoded"


class Answer(NamedTuple):
    """An HTTP response without the headers that depend on the connection."""

    status: int
    headers: dict[str, str]
    body: bytes
    held: Future[None] | None = None
    """What to wait for before sending, by `Losses.wait` or `wait_in_thread`."""


class Gateway:
    """Reads parameters from a request as the API does, and wraps the service's answer in HTTP.

    Parameters are a form or a JSON object in a POST; with `reads_queries` also the query of a GET. As with the real
    API, a refusal is an HTTP 200; any other status means that the request never reached the service, or is a loss.
    """

    def __init__(self, service: Service, *, reads_queries: bool = False) -> None:
        self._service = service
        self._methods = ("GET", "POST") if reads_queries else ("POST",)
        self._rng = Random(f"requests {service.account.seed}")  # noqa: S311 - a simulation keeps no secret

    def answer(self, method: str, target: str, content_type: str, body: bytes) -> Answer:
        """Answer one request. `target` is the path with its query, as in the request line.

        Raises ConnectionResetError if there is no answer, and the connection is to be reset.
        """
        path, _, query = target.partition("?")
        if path != "/":
            return self.refuse(404, "The API is at the root of its endpoint.")
        if method not in self._methods:
            return self.refuse(405, "Send parameters in a POST.", Allow=", ".join(self._methods))
        try:
            params = _form(query) if method == "GET" else _BODIES[_media_type(content_type)](body)
        except KeyError:
            return self.refuse(415, "Send a form or JSON.")
        except (msgspec.DecodeError, ValueError, RecursionError):
            return self.refuse(400, "The parameters cannot be read.")
        return self._call(params)

    def refuse(self, status: int, message: str, **headers: str) -> Answer:
        """Return an error response for a request that is not an API call."""
        return self._wrap(status, {"Message": message}, **headers)

    def _call(self, params: Mapping[str, str]) -> Answer:
        """Have the service answer; a submitting call may lose the answer, or not reach the service."""
        losses = self._service.losses
        loss = losses.take() if params.get("Action") in SUBMITTING else None
        if loss is Loss.BEFORE:
            raise ConnectionResetError
        if loss is Loss.ERROR_BEFORE:
            return self.refuse(500, "Internal Server Error")
        answer = self._wrap(200, self._service.handle(params))
        match loss:
            case Loss.AFTER:
                raise ConnectionResetError
            case Loss.ERROR_AFTER:
                return self.refuse(500, "Internal Server Error")
            case Loss.SLOW:
                return answer._replace(held=losses.hold())
            case _:
                return answer

    def _wrap(self, status: int, content: dict[str, Any], **headers: str) -> Answer:
        standard = {
            "Date": formatdate(self._service.account.now(), usegmt=True),
            "Content-Type": "application/json; charset=utf-8",
            "X-UCLOUD-REQUEST-UUID": str(UUID(int=self._rng.getrandbits(128), version=4)),
        }
        return Answer(status, standard | headers, msgspec.json.encode(content))


def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower() or _FORM


def _form(text: str) -> dict[str, str]:
    return dict(parse_qsl(text, keep_blank_values=True, errors="strict"))


def _form_body(body: bytes) -> dict[str, str]:
    return _form(body.decode())


def _json_body(body: bytes) -> dict[str, str]:
    return dict(_flatten(msgspec.json.decode(body, type=dict[str, Any])))


def _flatten(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield a JSON object's values under form names: lists as Name.0, Name.1, …; null is skipped."""
    for name, value in values.items():
        match value:
            case None:
                continue
            case list():
                yield from _flatten({f"{name}.{index}": item for index, item in enumerate(value)})
            case dict():
                yield from _flatten({f"{name}.{inner}": item for inner, item in value.items()})
            case bool():
                yield name, "true" if value else "false"
            case float() if value.is_integer():
                yield name, str(int(value))
            case _:
                yield name, str(value)


_BODIES: Mapping[str, Callable[[bytes], dict[str, str]]] = {_FORM: _form_body, "application/json": _json_body}
