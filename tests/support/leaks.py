"""Search for private keys and signatures in everything that the program writes."""

import base64
import sys
from pathlib import Path
from urllib.parse import quote, quote_plus

from support.terminals.terminal import Terminal
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.actions.service import Service

PRIVATE_KEY = "pl4nted/+key&with=every?kind%of~sign-4711"


class SignatureRecorder(Service):
    """Records the signatures of all requests."""

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        self.signatures: set[str] = set()

    def handle(self, params):
        self.signatures.add(params.get("Signature", ""))
        return super().handle(params)


def forms_of(secret: str) -> set[bytes]:
    """Return a secret in every form in which it could leak; also in halves, because lines wrap."""
    raw = secret.encode()
    forms = {raw, raw[: len(raw) // 2], raw[len(raw) // 2 :], raw[::-1]}
    forms |= {raw.hex().encode(), raw.hex().upper().encode(), raw.hex(" ").encode()}
    forms |= {quote(secret).encode(), quote(secret, safe="").encode(), quote_plus(secret).encode()}
    for begin in range(3):  # its offset in a longer text, modulo 3
        encoded = base64.b64encode(b"x" * begin + raw)[4 if begin else 0 : -4]
        forms |= {encoded, encoded.replace(b"+", b"-").replace(b"/", b"_")}
    forms |= {repr(secret)[1:-1].encode(), secret.encode("utf-16-le")}
    return forms


def search(where: dict[str, bytes], service: SignatureRecorder, private_key: str = PRIVATE_KEY) -> None:
    """Fail if the key or a request's signature occurs anywhere, in any form."""
    secrets = forms_of(private_key) | {signature.encode() for signature in service.signatures if signature}
    assert service.signatures, "nothing was sent"
    found = [(name, secret) for name, data in where.items() for secret in secrets if secret in data]
    assert not found


def written(program: Terminal, *folders: Path) -> dict[str, bytes]:
    """Return the program's output: to its terminal and to files in these folders."""
    files = {str(path): path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()}
    return {"terminal": program.raw, "screen": program.text().encode(), **files}


LOGGING = """
import logging, sys
from ucdn_tui import log
from ucdn_tui.cli import main as cli
def log_all(path, log_to=log.log_to):
    log_to(path)
    (handler,) = [one for one in logging.getLogger("ucdn_tui").handlers if hasattr(one, "baseFilename")]
    for name in ("", "ucdn_tui", "httpx", "httpcore", "asyncio", "keyring", "secretstorage", "jeepney"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    logging.getLogger().addHandler(handler)
log.log_to = log_all
"""
"""Logs everything, at DEBUG level; put in front of the program by `wrapped`."""


def wrapped(folder: Path, code: str) -> list[str]:
    """Return a command that runs this code, then the program. Rich shows local variables only of code in a file."""
    file = folder / "wrapped.py"
    file.write_text(code + "\nsys.exit(cli.run(sys.argv[1:]))\n", encoding="utf-8")
    return [sys.executable, str(file)]
