"""A server with a certificate, and its answer to a submit."""

import ssl

import trustme

from support.servers.raw_server import answer

DONE = answer(b'{"RetCode": 0, "TaskId": "one"}')

NAME = "api.nonexistent.invalid"
"""A host name that only the proxy resolves."""


def server_context(authority: trustme.CA, name: str = "127.0.0.1") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context
