"""Values, times, URLs and sentences as text on the screen."""
