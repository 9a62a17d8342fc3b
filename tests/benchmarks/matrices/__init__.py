"""A bank of generated access matrices on which two versions of the role miner are compared.

``families`` draws matrices from a seed, ``bank`` names them, ``measure`` runs ``lakezones mine`` on them as a user
would, and ``python -m tests.benchmarks.matrices`` prints what came out. Nothing here imports the miner: the matrices
follow the sizes, densities and overlaps that the literature publishes, not what the miner is good at.
"""
