"""What all tests share; the servers and the product that they need are brought by these modules."""

pytest_plugins = ["tests.servers", "tests.running"]
