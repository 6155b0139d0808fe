"""What a call may say and where it may go: flows and languages as TOML, the pure machine that walks them."""
