"""Pages by themselves, with a web server at most."""
