"""Decode and encode pictures and videos, and nothing else."""
