"""Django's PostgreSQL backend with bounded connections that give up what they wait for; see `base`."""
