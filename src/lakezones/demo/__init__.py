"""The demonstration: a generated firm, and the local servers it is scanned from."""
