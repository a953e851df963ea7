"""Commands for scripts and pipelines: refresh, prefetch, tasks, wait, quota."""
