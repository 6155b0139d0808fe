"""The real router under a simulated clock: days to come, and proofs against queueing theory. Pure."""
