"""Who the caller is and what they asked before: citizens, requests, the card."""
