"""What three or more stages share, and nothing that touches a file, a console or a network."""
