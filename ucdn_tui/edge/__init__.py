"""What an edge really serves: probes, what may be concluded from them, and why a copy may still be old."""
