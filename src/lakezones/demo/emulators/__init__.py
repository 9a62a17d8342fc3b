"""Local servers that the demonstration is scanned from: Azurite, and a stand-in for ARM, Graph and Data Lake."""
