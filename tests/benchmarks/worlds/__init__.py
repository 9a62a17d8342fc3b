"""Worlds: generated lakes whose conventions are drawn at random, seed by seed, with their truth kept apart.

``world`` says what a world is. Each family is a module with ``generate(seed, size=...)``, written apart from what
proposes; ``families`` lists them. Odd seeds are for development, even seeds and the family ``sealed`` for reporting
only: nobody who works on a proposal opens or runs those but through ``bench_worlds``.
"""
