"""What was said, and what proves it."""
