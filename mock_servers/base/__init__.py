"""What all mock servers have in common: the server, its troubles, who says what, and how it sounds."""
