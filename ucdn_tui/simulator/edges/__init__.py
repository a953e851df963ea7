"""The edges of an account's domains: what they hold and answer, before and after a purge."""
