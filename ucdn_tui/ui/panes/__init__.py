"""The two panes: the task list and the URL list, with the filter bar above each."""
