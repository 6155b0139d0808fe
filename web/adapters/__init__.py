"""Where the web touches the database and the wire."""
