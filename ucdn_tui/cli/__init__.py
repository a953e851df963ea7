"""The command line: arguments, output and exit statuses."""
