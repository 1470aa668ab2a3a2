"""The Prefect flows: `do`, `work_on`; each reads as the diagram of its work."""
