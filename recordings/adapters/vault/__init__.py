"""Where the vault meets the outside: its keys, its stores, its rows, and the task that encrypts."""
