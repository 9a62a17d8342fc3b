"""The folder a user works in: snapshots, stages, manifests, files, CSV; the only reader and writer of it."""
