"""What pages show and do by themselves, with a web server at most."""
