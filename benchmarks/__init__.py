"""What Aegis costs, measured on real parts: each module here is one benchmark; `support` is what they share."""
