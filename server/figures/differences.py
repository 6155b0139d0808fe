"""What can differ between our books and Asterisk's, in the words of docs/figures.md."""

MISSING_WITH_US, MISSING_IN_ASTERISK = "missing_with_us", "missing_in_asterisk"
ANSWERED_WITH_US, ANSWERED_IN_ASTERISK = "answered_with_us_only", "answered_in_asterisk_only"
AGENT, TALK, TALK_UNKNOWN = "agent", "talk", "talk_unknown"
