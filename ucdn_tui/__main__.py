"""The entry point: `ucdn-tui`, or `python -m ucdn_tui`."""

import gc
import os
import sys

from ucdn_tui.cli.output import run_and_flush


def main() -> int:
    """Run the program and return its exit status."""
    status = run_and_flush(_run)
    gc.freeze()  # otherwise Python's exit looks for garbage in all that was imported, which takes 20 ms
    if (threading := sys.modules.get("threading")) is not None and threading.active_count() > 1:
        # A daemon thread still runs. Python's own exit stops it, and crashes now and then if it is in a TLS library.
        os._exit(status)
    return status


def _run() -> int:
    if sys.argv[1:] == ["--version"]:  # without importing argparse
        from ucdn_tui import __version__

        print(f"ucdn-tui {__version__}")
        return 0
    gc.disable()  # importing creates no garbage, so collections only cost time
    from ucdn_tui.cli.main import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
