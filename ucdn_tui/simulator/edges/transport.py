"""The edges as an httpx transport: nothing is connected to."""

import asyncio
import ssl

import httpx

from ucdn_tui.simulator.edges.network import EdgeNetwork, Reply, Request


class EdgeTransport(httpx.AsyncBaseTransport):
    """Answers by the address that a request's URL has as host. The Host header names the site, as at a real edge."""

    def __init__(self, network: EdgeNetwork) -> None:
        self._network = network

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        try:
            reply = self._answer(request)
        except ConnectionRefusedError as error:
            raise httpx.ConnectError("Connection refused", request=request) from error
        except ssl.SSLError as error:
            raise httpx.ConnectError(str(error), request=request) from error
        except ConnectionResetError as error:
            raise httpx.ReadError("Connection reset by peer", request=request) from error
        if reply.delay:
            await asyncio.sleep(reply.delay)  # asyncio.timeout ends it; httpx's own limits do not concern a transport
        headers = [(name.encode(), value.encode()) for name, value in reply.headers]
        headers.append((b"Content-Length", str(len(reply.body)).encode()))
        body = b"" if request.method == "HEAD" else reply.body
        return httpx.Response(reply.status, headers=headers, stream=httpx.ByteStream(body), request=request)

    def _answer(self, request: httpx.Request) -> Reply:
        host = request.headers["Host"]
        name = request.extensions.get("sni_hostname", request.url.host)
        if request.url.scheme == "https" and not self._network.has_certificate(name):
            raise _wrong_certificate(name)
        target: bytes = request.extensions.get("target", request.url.raw_path)
        headers = {name.lower(): value for name, value in request.headers.items()}
        asked = Request(request.method, request.url.scheme, host, target.decode("ascii"), headers)
        return self._network.answer(request.url.host, asked)


def _wrong_certificate(name: str) -> ssl.SSLCertVerificationError:
    """Return the error of a TLS library that gets another name's certificate."""
    reason = f"Hostname mismatch, certificate is not valid for '{name}'."
    error = ssl.SSLCertVerificationError(1, f"[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: {reason}")
    error.verify_message = reason
    return error
