"""Benchmarks: one module ``bench_<name>.py`` each, run by ``python -m tests.benchmarks``."""
