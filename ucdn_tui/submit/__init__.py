"""From a text with URLs to tasks: plan, quota, submitter, journal. Knows no terminal and nothing of `watch`."""
