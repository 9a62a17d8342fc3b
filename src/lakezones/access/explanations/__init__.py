"""Why somebody has access: finding who and what is meant, and every path with what would remain without it."""
