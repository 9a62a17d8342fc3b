"""Readers of the live services: storage, management plane, directory and logs."""
