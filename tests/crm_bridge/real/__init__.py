"""Real CRMs for the tests, each in an environment of its own below the runtime folder, on a free port of loopback."""
