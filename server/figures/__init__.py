"""Figures of truth: from the append-only table of facts to what a centre is judged by. Definitions: docs/figures.md."""
