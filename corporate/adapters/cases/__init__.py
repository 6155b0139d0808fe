"""Implementations of cases: `reference` is our own database; another institution's is one more file here."""
