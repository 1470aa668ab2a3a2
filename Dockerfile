# One image for the Prefect server and the workers of docker-compose.yml: the same versions everywhere.
FROM python:3.12-slim

RUN apt-get update && apt-get install -y --no-install-recommends git && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY . .
RUN pip install --no-cache-dir ".[claude,redis]"

# The agent runs as this user; /data is AEGIS_HOME, /code what it works on.
RUN useradd --create-home aegis && mkdir -p /data /code && chown aegis:aegis /data /code
USER aegis
ENV AEGIS_HOME=/data LOG_DIR=/data/project-logs PYTHONUNBUFFERED=1
