"""Standard messages: the texts in every language, and the outbox they wait in."""
