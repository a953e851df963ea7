"""Tasks, answers and texts for tests: documented ones, random ones and hostile ones."""
