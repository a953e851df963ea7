# The inner loop, in less than a minute. Everything that has to pass is in .ci/run.
.PHONY: check lint fast test

check: lint fast

lint:
	.ci/lint

# All but what starts a terminal, a keyring or the whole screen.
fast:
	.venv/bin/pytest -q -m "not slow"

test:
	.venv/bin/pytest
