"""The generated Firm: a bank with people, a lake, entitlements and the noise of years."""
