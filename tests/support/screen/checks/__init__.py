"""What has to hold on the screen, for tests of many states."""
