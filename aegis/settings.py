"""The one reader of the environment and of `.env`."""
