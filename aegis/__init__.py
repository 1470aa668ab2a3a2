"""Aegis runs an AI coding agent off an Asana backlog and reports what really happened."""

__version__ = "0.1.0"
