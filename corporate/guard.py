"""What stands before every system: a time limit, retries where they are safe, a circuit breaker, doubt."""
