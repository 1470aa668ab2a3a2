"""Where Aegis acts: each module turns one foreign system into our own types and errors."""
