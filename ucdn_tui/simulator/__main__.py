"""`python -m ucdn_tui.simulator`: serves a simulated account on loopback until it is stopped."""

import argparse
import errno
import math
import os
import shlex
import signal
import sys
import time
from contextlib import ExitStack, suppress

from ucdn_tui.i18n import N_, _, language_of, use
from ucdn_tui.simulator.account import Account, ScaledClock
from ucdn_tui.simulator.actions.losses import Loss, Losses, every
from ucdn_tui.simulator.actions.service import Service
from ucdn_tui.simulator.edges.network import EdgeNetwork
from ucdn_tui.simulator.edges.server import ADDRESSES, EdgeServer
from ucdn_tui.simulator.history import DEMO_STALE_EVERY, demo_account, populate, start_arrivals
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
  python -m ucdn_tui.simulator --port 0 --edges 8081
      serve the edges of the account's domains, too (on Linux only); it prints how to ask them with curl
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
        sys.stderr.write(_no_port("--port", options.port, error))
        return 2
    edges = None
    try:
        if options.edges is not None:
            edges = EdgeServer(EdgeNetwork(account, stale_every=DEMO_STALE_EVERY), options.edges)
    except OSError as error:
        server.server_close()
        sys.stderr.write(_no_port("--edges", options.edges, error))
        return 2
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell ignores SIGINT in its background jobs
    with server, suppress(KeyboardInterrupt), ExitStack() as stack:
        with suppress(BrokenPipeError):  # the reader may have closed the pipe
            if edges is not None:
                stack.enter_context(edges)
                sys.stderr.write(_how_to_reach(edges))
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


def _no_port(option: str, port: int, error: OSError) -> str:
    """Return why a server cannot listen, as a line."""
    if error.errno == errno.EADDRINUSE:
        message = _("port {port} is already in use ({option} 0 picks a free one)")
    elif error.errno == errno.EADDRNOTAVAIL:
        message = _("cannot listen on {address}: only Linux has all of 127.0.0.0/8 on its loopback interface")
    else:
        message = _("cannot listen on port {port}: {reason} ({option} 0 picks a free one)")
    return message.format(port=port, option=option, reason=error.strerror, address=error.filename) + "\n"


def _how_to_reach(edges: EdgeServer) -> str:
    """Return how to ask an edge; on standard error, since standard output is for a shell."""
    name, port, address = edges.network.account.domains[0].name, edges.port, ADDRESSES[0]
    return _(
        "edges of all domains: {addresses}, and their origin: {origin}, port {port}. To ask one of them:\n"
        "  curl -sI --resolve {name}:{port}:{address} http://{name}:{port}/\n"
    ).format(addresses=", ".join(ADDRESSES[:-1]), origin=ADDRESSES[-1], name=name, port=port, address=address)


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
        "--edges",
        type=_port,
        nargs="?",
        const=0,
        metavar="N",
        help=_("serve the edges of the domains, too, on port N of 127.0.20.1 and others (default: any free port)"),
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
