"""Where the outside enters the bridge: its tables."""
