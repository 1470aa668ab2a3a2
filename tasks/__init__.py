"""The Prefect tasks: fetch, analyze, question, execute, report, and their retry and cache policies."""
