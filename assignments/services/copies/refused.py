from __future__ import annotations


class CopyRefused(Exception):
    """A copy cannot be taken or put back; the message is a sentence for the terminal."""
