"""`python -m ucdn_tui.simulator`: serves a simulated account on loopback until it is stopped."""

import argparse
import errno
import math
import os
import shlex
import signal
import sys
import time
from contextlib import suppress

from ucdn_tui.i18n import N_, _, language_of, use
from ucdn_tui.simulator.account import Account, ScaledClock
from ucdn_tui.simulator.actions.losses import Loss, Losses, every
from ucdn_tui.simulator.actions.service import Service
from ucdn_tui.simulator.history import demo_account, populate, start_arrivals
from ucdn_tui.simulator.server import Server

_EXAMPLES = N_("""\
examples:
  python -m ucdn_tui.simulator --port 8080
      serve the demo account; paste the three printed lines into another terminal and run ucdn-tui there
  python -m ucdn_tui.simulator --port 0 --speed 20
      use any free port; a simulated minute takes three seconds
  python -m ucdn_tui.simulator --tasks 10000 --urls 100 --no-arrivals
      serve a large account without new tasks, for measurements
  python -m ucdn_tui.simulator --port 0 --lose after --lose-every 3
      accept every third submission, but reset the connection instead of answering
""")

_SLOW = 90.0
"""Seconds that a slow answer takes: longer than the API gives itself (60), and than clients wait."""


def main(argv: list[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM; return the exit status. SIGTERM raises SystemExit."""
    use(language_of(os.environ))
    options = _parse(argv)
    account = _account(options)
    try:
        server = Server(Service(account, losses=_losses(options)), options.port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            message = _("port {port} is already in use (--port 0 picks a free one)")
        else:
            message = _("cannot listen on port {port}: {reason} (--port 0 picks a free one)")
        sys.stderr.write(message.format(port=options.port, reason=error.strerror) + "\n")
        return 2
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell ignores SIGINT in its background jobs
    with server, suppress(KeyboardInterrupt):
        with suppress(BrokenPipeError):  # the reader may have closed the pipe
            sys.stdout.write(_exports(server.url, account))
            sys.stdout.flush()
        server.serve_forever()
    return 0


def _stop(number: int, _frame: object) -> None:
    sys.exit(128 + number)


def _exports(url: str, account: Account) -> str:
    """Return the shell lines that point the vendor's tools, and ours, at this account."""
    variables = {
        "UCLOUD_API_BASE_URL": url,
        "UCLOUD_PUBLIC_KEY": account.public_key,
        "UCLOUD_PRIVATE_KEY": account.private_key,
    }
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables.items())


def _account(options: argparse.Namespace) -> Account:
    clock = ScaledClock(time.time, options.speed)
    if options.tasks is None:
        return demo_account(clock, options.seed, arriving=options.arrivals)
    account = Account(clock, seed=options.seed)
    populate(account, tasks=options.tasks, urls=options.urls or 10)
    if options.arrivals:
        start_arrivals(account)
    return account


def _losses(options: argparse.Namespace) -> Losses:
    if options.lose is None:
        return Losses()
    return Losses(every(options.lose_every or 1, Loss(options.lose)), seconds=_SLOW)


def _parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m ucdn_tui.simulator",
        description=_("Serve a made-up UCDN account on 127.0.0.1. Nothing leaves this machine."),
        epilog=_(_EXAMPLES),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--port", type=_port, default=0, metavar="N", help=_("port to listen on (default: 0, any free port)")
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help=_("random seed for the tasks (default: 0)"))
    parser.add_argument(
        "--speed", type=_factor, default=1.0, metavar="FACTOR", help=_("speed of the simulated clock (default: 1)")
    )
    parser.add_argument("--tasks", type=_count, metavar="N", help=_("generate N tasks instead of the demo account"))
    parser.add_argument("--urls", type=_count, metavar="N", help=_("URLs per generated task (default: 10)"))
    parser.add_argument(
        "--no-arrivals", dest="arrivals", action="store_false", help=_("do not add new tasks over time")
    )
    parser.add_argument(
        "--lose",
        choices=[loss.value for loss in Loss],
        help=_(
            "lose the answers of submissions: reset the connection after creating the task (after) or without creating "
            "one (before), answer 90 seconds late (slow), or answer HTTP 500 after creating the task (500-after) or "
            "without creating one (500-before)"
        ),
    )
    parser.add_argument(
        "--lose-every", type=_count, metavar="N", help=_("lose only the answer of every Nth submission (default: 1)")
    )
    options = parser.parse_args(argv)
    if options.urls is not None and options.tasks is None:
        parser.error(_("--urls requires --tasks"))
    if options.lose_every is not None and options.lose is None:
        parser.error(_("--lose-every requires --lose"))
    return options


def _port(text: str) -> int:
    number = int(text) if text.isascii() and text.isdecimal() else -1
    if not 0 <= number <= 65_535:
        raise argparse.ArgumentTypeError(_("invalid port {text!r} (0 to 65535)").format(text=text))
    return number


def _count(text: str) -> int:
    number = int(text) if text.isascii() and text.isdecimal() else 0
    if not 1 <= number <= 1_000_000:
        raise argparse.ArgumentTypeError(_("invalid number {text!r} (1 to 1000000)").format(text=text))
    return number


def _factor(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number <= 100_000:
        raise argparse.ArgumentTypeError(_("invalid factor {text!r} (above 0, such as 2 or 0.5)").format(text=text))
    return number


if __name__ == "__main__":
    sys.exit(main())
