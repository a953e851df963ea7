# `make check` takes less than a minute. .ci/run runs all checks.
.PHONY: check lint fast test

check: lint fast

lint:
	.ci/lint

# Without tests that start a terminal, a keyring, the whole app or many programs.
fast:
	.venv/bin/pytest -q -m "not slow"

test:
	.venv/bin/pytest
