"""Implementations of affiliation: `reference` is our own database; another institution's is one more file here."""
