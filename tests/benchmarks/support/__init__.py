"""What several benchmarks share: processes, data, a server, and an app that paints."""
