"""The drill: an installation under a thousand open boards, with managers at work, while its parts are killed."""
