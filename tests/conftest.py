"""What all tests share; the servers that they need are brought by `tests.servers`."""

pytest_plugins = ["tests.servers"]
