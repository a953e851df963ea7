"""ucdn-tui: watch UCloud CDN refresh and prefetch tasks in a terminal."""

__version__ = "0.1.0"
