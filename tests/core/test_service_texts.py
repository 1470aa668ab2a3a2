"""Whole texts, in pairs: one that cannot be done without a thing, and one like it that can."""

from __future__ import annotations

import pytest

from aegis.core.services import required_services
from tests.core.builders import task

REPORTS: list[tuple[str, str, list[str]]] = [
    (
        "Invoice PDF is cut off",
        "**What happened**\nThe last line is missing.\n\n**Steps to reproduce**\n1. `docker compose up -d`\n2. print "
        "an invoice with 40 lines\n\n**Expected**\nAll lines.\n\n**Environment**\n- PostgreSQL 15.2\n- Redis 7\n\n"
        "`page_break()` is off by one, there is a test to extend.",
        [],
    ),
    (
        "Invoice PDF is cut off",
        "**What happened**\nThe last line is missing.\n\n**Environment**\n- PostgreSQL 15.2\n\n**Fix**\n"
        "Only shows with real data: run the export against the PostgreSQL in the office and compare the page counts.",
        ["PostgreSQL"],
    ),
    ("Login loops", "Expected: one redirect.\nActual: ten.\n\nServices:\n- Redis 7.2\n- MySQL 8.0", []),
    ("Avatars are mirrored", "Reported by Jo, ffmpeg 6.1 from apt. Swap two arguments in crop().", []),
    (
        "Avatars are mirrored",
        "Seen on staging. Kafka 3.6, librdkafka 2.3. The offset is parsed as a float, fix that.",
        [],
    ),
    ("Avatars are mirrored", "(Happens on Node 18 and in Docker.) Plot both outputs.", []),
    ("Sums differ", "Happens only on MySQL 8.4, so try it there: load the dump and count the rows.", ["MySQL"]),
    (
        "Noise in the log",
        "Fails one in ten. The Redis line is in all runs, leave it. Replay the trace and fix the race.",
        [],
    ),
]
CALLED_OTHERWISE: list[tuple[str, str, list[str]]] = [
    ("Soak", "Our worker talks to that RabbitMQ, so it has to be up, no stand-in.", ["RabbitMQ"]),
    ("Soak", "Our worker stores jobs in RabbitMQ. It must be fast.", []),
    (
        "Drain the queue",
        "1,200 messages on the staging broker, move them back and check the count.\n\nThe broker is mq.stage.lan:5672.",
        ["mq.stage.lan:5672"],
    ),
    ("Retry of the mailer", "The broker is mq.stage.lan:5672 on stage and a list in the tests.", []),
    (
        "Warm start",
        "The first page is slow as the cache is cold. In production that is Redis, in dev the cache is a dict.",
        [],
    ),
    (
        "Test on the bench",
        "Try it with the Board Flasher (`board-flasher`), nothing else writes the fuse.",
        ["board-flasher"],
    ),
    ("Widget", "Rename the property (`propertyname`) of the box.", []),
    ("Write the secrets", "You need `age-keygen` on your machine for the new key.", ["age-keygen"]),
    (
        "Specs",
        "The shop runs on http://localhost:4300 with a fake bank; have it started by hand.",
        ["http://localhost:4300"],
    ),
    ("Consumer suite", "Prerequisites\n- Kafka up locally (it connects to localhost:9092)", ["Kafka"]),
]
COMMAND_LINES: list[tuple[str, str, list[str]]] = [
    (
        "Faster lookups",
        "Measure with `bench/run.py --target redis://localhost:6380` and paste the table.",
        ["Redis at localhost:6380"],
    ),
    ("Faster lookups", "The log says `Error: dial redis://localhost:6380 failed` once a day, count it as a retry.", []),
    ("Add OpenSearch to the stage", "Health check: `curl -s localhost:9200/_cluster/health`.", []),
    ("Config", "The test sets DATABASE_URL=off on purpose.", []),
    (
        "Change the level",
        "curl -X PUT against http://logs.lan:8081/level, note the answer.",
        ["http://logs.lan:8081/level", "curl"],
    ),
]
MADE: list[tuple[str, str, list[str]]] = [
    ("Set up a dev environment with compose", "One file with\n- PostgreSQL 16\n- RabbitMQ\n- mailpit", []),
    ("Lint the schema in CI", "GitLab starts a `postgres:16` service for the job.", []),
    ("Speed up the suite", "The fixture brings up a Redis by itself. Measure ten runs.", []),
    ("Read the signing key", "Read `SIGN_KEY_SECRET`; refuse to start without it, in tests use t.Setenv.", []),
    (
        "Read the signing key",
        "The script refuses to run without SIGN_KEY_SECRET, ask nobody, take your own.",
        ["SIGN_KEY_SECRET"],
    ),
    ("Health check for the db", "api starts before postgres is ready, so the first request fails.", []),
    ("Health check for the db", "Do not start before Postgres is ready.", ["PostgreSQL"]),
]
NOT_NEEDED: list[tuple[str, str, list[str]]] = [
    ("Sign webhooks", "To see it live you can set HOOK_SECRET_KEY, but the recorded fixtures cover all of it.", []),
    ("Dedupe key", "Put the id back. Nobody has to start the stack (Postgres, Redis) for that, run test_key.", []),
    ("Dedupe key", "Run test_key, plain pytest, no containers. MySQL has the wrong keys since May.", []),
    ("Rounding", "Needs\n- nothing running (no MySQL, the layer is not touched)", []),
    (
        "Try pgvector as alternative to Qdrant",
        "You need a Postgres that is up. We have the Qdrant numbers.",
        ["PostgreSQL"],
    ),
    ("Say why we chose it: ADR 12", "Half a page: why we took RabbitMQ over Kafka and Redis in 2022.", []),
    ("Upgrade check list for Redis 8", "Read the notes, list what concerns us. A page in the wiki.", []),
    ("Offline queue", "Server side uses Kafka, you don't see it; MockWebServer for the tests.", []),
    ("Privacy", "Drop the agent before it goes to Kafka. See #55 for the reasons.", []),
]
WITHOUT_IT: list[tuple[str, str, list[str]]] = [
    ("Rebalance", "notes.md says how to start Kafka; without it there is no point in reading the code.", ["Kafka"]),
    (
        "Demo",
        "Needs a backend that answers at https://demo.shop.example, else the end cannot be shown.",
        ["https://demo.shop.example"],
    ),
    ("Demo", "The page needs a link that leads to https://demo.shop.example.", []),
    (
        "SDK",
        "The contract tests pass with the mock, we want to see it with the real thing: point the sample at "
        "http://flags.lan:4242 and watch the stream.",
        ["http://flags.lan:4242"],
    ),
    (
        "Accessibility check of the start page",
        "axe on https://bank.example/start, list of findings.",
        ["https://bank.example/start"],
    ),
    ("Manual QA", "You need:\n- the app on http://qa3.lan:8081\n- the files", ["http://qa3.lan:8081"]),
    ("Manual QA", "Sheet with the cases: https://docs.example.com/qa", []),
    (
        "Test the iOS build",
        "Go through the 18 cases, everything talks to https://api.stage.example.",
        ["https://api.stage.example"],
    ),
    (
        "Promote models",
        "The test talks to MLflow on http://ml.lan:5000; that one must be up, a fake is a pain.",
        ["http://ml.lan:5000"],
    ),
    (
        "Index",
        "Il faut un Elasticsearch local qui tourne (http://localhost:9200).",
        ["Elasticsearch at localhost:9200"],
    ),
    ("Import", "Voraussetzungen:\n- lokale MySQL-Instanz läuft (H2 vergleicht anders)", ["MySQL"]),
    (
        "Plans",
        "I need real plans: load the anonymised dump into your local PostgreSQL and paste EXPLAIN ANALYZE.",
        ["PostgreSQL"],
    ),
]
OTHERS: list[tuple[str, str, list[str]]] = [
    ("Rotate the password", "Ops do the database side (MySQL), we restart the pods and write it down.", []),
    ("Smoke tests", "Five specs, run by the pipeline against the deployed URL (BASE_URL from the job).", []),
    ("Cent in the export", "Property test. The customer's own Postgres 9.6 is only where they noticed it.", []),
    ("Coverage", "Needs COVERAGE_TOKEN in the repository's secrets, add a step to nightly.yml.", []),
    ("Preview", "Needs PREVIEW_TOKEN (done). Plot the sizes.", []),
    ("Compact the topic", "Set it on the Kafka topic audit.v2, in topics.yaml, compare with prices.", []),
    ("Ticket sync hangs", "We call https://tickets.example/api without a timeout; a socket that hangs shows it.", []),
    ("Container tool", "Use $CONTAINER_TOKEN everywhere and run the linter.", []),
    (
        "Export button",
        "The backend is there (http://localhost:8080/export on your machine), a unit test is enough.",
        [],
    ),
    ("Why two queues", "Half a page, compare Kafka and RabbitMQ.", []),
    ("ansible: typo in a role", "Fix and grep for more.", []),
    ("Search box debounce", "300 ms. Otherwise Elasticsearch gets a query per key.", []),
    ("Replay tool", "Replays events from a file to Kafka. A dry run prints them, test that.", []),
    ("Deep links", "The log ends with\n\n    adb shell died\n\nFix the parser.", []),
    ("Settings", "No stub in the tests. Default of REDIS_URL is redis://localhost:6379.", []),
    ("Hooks", "Check the signature with HOOK_SECRET. The tests sign with a dummy secret.", []),
    ("Do we need Elasticsearch?", "Compare it with Postgres on paper.", []),
    ("Outage of May: write up", "Redis restarted at nine. Publish it, compare with last year.", []),
    ("Queues", "Compare Kafka and RabbitMQ for us. Result: a page in the wiki.", []),
    ("Licence check", "List those of all deps, incl. the redis and mysql clients, and plot the shares.", []),
    ("Improve CONTRIBUTING", "How to start Postgres, how to run the tests with docker compose.", []),
    ("One file per test instead of the shared DB", "The MySQL on test-db breaks each week, switch it off after.", []),
    ("Lint Helm charts", "helm lint in CI.", []),
    ("Lock", "Lock table in MySQL. The test holds the row with a second SQLite connection.", []),
]
PLACES: list[tuple[str, str, list[str]]] = [
    ("Load test of the search", "Target: http://search.perf.lan:8080, 500 users.", ["http://search.perf.lan:8080"]),
    (
        "Profile the reindex",
        "Use the load cluster (Elasticsearch, es-load.lan:9200), flamegraph in the ticket.",
        ["Elasticsearch at es-load.lan:9200"],
    ),
    ("Merge duplicates", "Dry-run on the Postgres on snap.lan, paste the log.", ["PostgreSQL at snap.lan:5432"]),
    ("Client 8", "The tests want an Elasticsearch 8.11 on 9201, security off.", ["Elasticsearch at localhost:9201"]),
    ("Client 8", "The tests want an Elasticsearch 8.11 on 9200, security off.", ["Elasticsearch"]),
    ("Login", "Log in with three users against ldap://ad.corp.lan:389 and note the groups.", ["ad.corp.lan:389"]),
    ("TTL of codes in Mongo", "Verify on a real server that they go after a minute.", ["MongoDB"]),
    ("Failover", "Kill the primary of the Redis set on stage, measure the downtime three times.", ["Redis"]),
    ("Compaction", "Set it via kafka-configs on the dev cluster and paste what it says.", ["Kafka"]),
    ("Compression in Kafka", "1M messages with each codec on the perf cluster, MB/s in a table.", ["Kafka"]),
    ("Quality of the answers", "Recall on golden.jsonl, from the Qdrant collection kb_2024.", ["Qdrant"]),
    ("Valkey instead of Redis: does it hold?", "Run the suite once with Valkey 8, list what fails.", ["Redis"]),
    ("Reconnect", "When RabbitMQ goes away it hangs. You can see it with a local broker.", ["RabbitMQ"]),
    ("Laufzeit messen", "Gegen die lokale Postgres laufen lassen, Plan ins Ticket.", ["PostgreSQL"]),
    ("Durée", "Lancer l'import sur un Kafka local et noter la durée.", ["Kafka"]),
    (
        "Umlauts",
        "The tests run against an Elasticsearch. Without it they are skipped, and that is not done.",
        ["Elasticsearch"],
    ),
    ("Changeset 41", "liquibase update on an empty MySQL 8 must go through.", ["MySQL"]),
    ("Entry point", "bats runs the script on your machine, so have jq there as well.", ["jq"]),
    ("Move the wiki", "pandoc for the conversion, then spot-check twenty pages.", ["pandoc"]),
    ("Deep links", "Fix the file, then verify with\n\n    adb shell pm get-app-links shop\n", ["adb"]),
    ("Deep links", "Please run this:\n```sh\n$ kubectl get pods\n```\nand paste it.", ["kubectl"]),
    ("Seeds", "Puts orders into MongoDB. Must be run twice against a local one, count the rows.", ["MongoDB"]),
    ("No start on ARM", "docker build fails with 'no match'. Run docker build on one, it must end.", ["Docker"]),
    ("Publish the docs", "Try it with WIKI_TOKEN in your env first.", ["WIKI_TOKEN"]),
]


@pytest.mark.parametrize(
    ("name", "notes", "things"),
    [*REPORTS, *CALLED_OTHERWISE, *COMMAND_LINES, *MADE, *NOT_NEEDED, *WITHOUT_IT, *OTHERS, *PLACES],
)
def test_a_text_waits_for_what_it_cannot_be_done_without(name: str, notes: str, things: list[str]) -> None:
    assert {str(thing) for thing in required_services(task(name, notes=notes))} == set(things)
