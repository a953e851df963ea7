"""Runs the simulator's server in the background of a test."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

from ucdn_tui.simulator.actions.service import Service
from ucdn_tui.simulator.server import Server


@contextmanager
def background_server(service: Service, port: int = 0) -> Iterator[Server]:
    """Serve from a thread for the duration of the block; OSError if the port is taken."""
    with Server(service, port) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, name="simulator", daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def running_server(service: Service, port: int = 0) -> Iterator[str]:
    """Do the same and yield only the URL; `service.requests` records the calls."""
    with background_server(service, port) as server:
        yield server.url
