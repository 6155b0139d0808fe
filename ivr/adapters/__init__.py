"""Where the outside enters the conversation: sockets and tables."""
