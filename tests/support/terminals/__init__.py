"""Programs in real terminals."""
