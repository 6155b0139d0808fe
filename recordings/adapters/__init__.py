"""Where the outside enters the recordings: files and tables."""
