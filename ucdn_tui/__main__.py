"""The program's entry: `ucdn-tui`, or `python -m ucdn_tui`."""

import gc
import sys


def main() -> int:
    """Run the program and return its exit status."""
    if sys.argv[1:] == ["--version"]:  # without the price of argparse
        from ucdn_tui import __version__

        print(f"ucdn-tui {__version__}")
        return 0
    gc.disable()  # what is imported stays: to look through it for garbage, again and again, is in vain
    from ucdn_tui.cli.main import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
