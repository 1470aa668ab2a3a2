"""Settings become open adapters, as context managers: the one place that knows both."""
