"""Statistics over the account's tasks: durations, time remaining, throughput."""
