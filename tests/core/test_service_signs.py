"""Texts that never say "requires": some are worked on, or checked on, a living thing, and some only speak of it."""

from __future__ import annotations

import pytest

from aegis.core.services import required_services
from aegis.core.services.decision import Weighing
from aegis.core.services.scene import scene_of
from aegis.core.services.signs import Sign
from tests.core.builders import task

WORKED_ON: list[tuple[str, str, list[str]]] = [
    (
        "Cart totals drift after currency switch",
        "Happens only with data from production; there's a restore on the mysql in the office, "
        "host db-office. Log in, switch to CHF and back, diff cart_items.",
        ["MySQL"],
    ),
    (
        "Old session keys never expire",
        "SCAN the local redis after a day of clicking around and tell me what share has TTL -1.",
        ["Redis"],
    ),
    (
        "Rename table guests to visitors",
        "ALTER TABLE plus the model. Try it out on Postgres 15 with the anonymised dump before you open the PR.",
        ["PostgreSQL"],
    ),
    (
        "Replay the outage of 3 March",
        "Kafka with the saved offsets is a prerequisite, feed it events_0303.jsonl and note where the consumer stalls.",
        ["Kafka"],
    ),
    ("Shrink the image", "multi-stage build. `docker build .` and compare the sizes in the PR text.", ["Docker"]),
    (
        "Playwright flake on the login page",
        "npx playwright test --repeat-each 30, node 20. Screenshot of the failing step please.",
        ["Node"],
    ),
    (
        "Cover art extraction",
        "ffmpeg has to be there, otherwise the job writes an empty file. Add a test with a.mp3.",
        ["ffmpeg"],
    ),
    (
        "Sync job hits the rate limit",
        "Run it against https://crm.sandbox.example/api with --limit 500 and see after how many calls the 429 comes.",
        ["https://crm.sandbox.example/api"],
    ),
    (
        "Send the test invoices",
        "MAILGUN_KEY comes from your shell. 5 invoices, check the PDFs in the inbox.",
        ["MAILGUN_KEY"],
    ),
    (
        "Lock contention on seats",
        "Two psql sessions, BEGIN in both, update the same seat, look at pg_locks. Explain in the "
        "ticket who waits for whom.",
        ["PostgreSQL"],
    ),
    (
        "Dashboard shows no queue depth",
        "The exporter scrapes rabbit's management port. Bring one up and see what /api/queues "
        "really returns, then fix the field name.",
        ["RabbitMQ"],
    ),
    (
        "Compare embedding models",
        "Index the 5k FAQ entries with both models into the qdrant of the lab, 40 golden questions, hit@3 in a table.",
        ["Qdrant"],
    ),
    (
        "Legacy importer on MySQL 5.5",
        "Customer insists. Does it still run there? I have a box at 10.0.4.7:3306 with their "
        "schema, try the nightly file.",
        ["MySQL"],
    ),
    (
        "Check the backup",
        "Restore last night's dump into a scratch Postgres and count the orders of May.",
        ["PostgreSQL"],
    ),
    (
        "Why is facet 'brand' slow",
        "Profile API on the dev cluster (Elasticsearch 8), 10 queries from slow.log, flame chart into the ticket.",
        ["Elasticsearch"],
    ),
    (
        "Firmware upload over serial",
        "The bridge listens on bench-3:4444. Upload v2 three times, it must survive pulling the plug.",
        ["bench-3:4444"],
    ),
    (
        "Helm values for the new region",
        "helm template must render without errors for all three values files.",
        ["helm"],
    ),
    (
        "Sessions survive a deploy",
        "Acceptance: log in, restart the app twice, still logged in. Session store is Redis (compose).",
        ["Redis"],
    ),
    (
        "Slow start of the planner",
        "Attach a profiler while it loads the 80k tours from the Postgres in compose; top ten frames, please.",
        ["PostgreSQL", "Docker"],
    ),
    (
        "Emails arrive twice",
        "Set a breakpoint in deliver(), put one message on the queue by hand (RabbitMQ UI), see who acks it.",
        ["RabbitMQ"],
    ),
    (
        "Dead index on orders.note",
        "Postgres ignores it, says the DBA. EXPLAIN the three queries with and without.",
        ["PostgreSQL"],
    ),
    (
        "GDPR: where do we keep e-mail addresses?",
        "Grep through all Mongo collections of the staging copy, list collection and field.",
        ["MongoDB"],
    ),
    (
        "Size of the vendor chunk",
        "node_modules must be installed, then `npm run analyze`; which three packages are the largest?",
        ["node_modules", "Node"],
    ),
    (
        "Load the spring catalogue",
        "./import.sh catalogue.xml --target mysql. Afterwards 41,200 rows in `article`, not one less.",
        ["MySQL"],
    ),
    (
        "Certificates for the mail relay",
        "swaks --to test@example.org --server relay.int:587 -tls must end with 250. Paste the session.",
        ["swaks", "relay.int:587"],
    ),
    (
        "Compose file for newcomers",
        "start from zero: clone, docker compose up, open the page. Write down each thing that did not work.",
        ["Docker"],
    ),
    (
        "Sandbox tokens expire after an hour",
        "curl the token URL https://auth.sandbox.example/token twice, 61 minutes apart, with "
        "PSP_SANDBOX_SECRET. Is the second one rejected?",
        ["https://auth.sandbox.example/token", "PSP_SANDBOX_SECRET"],
    ),
    (
        "Tickets stay locked",
        "I need somebody with a redis at hand: lock, kill the worker, wait 30 s, KEYS lock:*.",
        ["Redis"],
    ),
    (
        "Parallel migrations",
        "Two pods start at once. Simulate on any Postgres: run migrate twice in two shells, "
        "exactly one may do the work.",
        ["PostgreSQL"],
    ),
    (
        "Rebalance drill",
        "With three brokers up, stop one, time until all partitions have a leader again. Kafka "
        "from the training compose.",
        ["Kafka", "Docker"],
    ),
    (
        "Convert the old scans",
        "ocrmypdf over scans/*.pdf, tesseract with deu+eng. Spot-check ten pages.",
        ["tesseract"],
    ),
    (
        "Statistics for the board",
        "SELECT count(*) per month from bookings; the reporting MySQL is fine for it, they need it on Friday.",
        ["MySQL"],
    ),
    (
        "Watch mode misses renamed files",
        "Node 20 and macOS only. Reproduce with `node --watch app.js`, rename b.js.",
        ["Node"],
    ),
    (
        "Unique index breaks on case",
        "CREATE UNIQUE INDEX on lower(email) fails somewhere. Find the offenders: psql on the copy "
        "in the office, list user ids.",
        ["PostgreSQL"],
    ),
    ("What eats our Redis memory?", "redis-cli --bigkeys on the dev one, top 20 to the ticket.", ["Redis"]),
    (
        "Kafka producer: linger.ms 5 → 20",
        "Is it worth it? perf-test 1M records with both, compare batches per second.",
        ["Kafka"],
    ),
    (
        "Bulk insert 10x slower since driver 5.1",
        "git bisect the driver, each time insert 100k docs into mongod and time it",
        ["MongoDB"],
    ),
    (
        "Playground for the onboarding day",
        "docker stack deploy must bring up all 9 services within 2 min on a laptop, measure it",
        ["Docker"],
    ),
    (
        "The nightly e2e is red",
        "Locally it passes?! Run it with the same seed (4711) on node 18 and 20 and attach both traces.",
        ["Node"],
    ),
    (
        "Point cloud import",
        "pdal must be on the path (conda), import the five LAZ files and count points per class",
        ["pdal", "conda"],
    ),
    (
        "Payment provider migration: smoke",
        "Do one purchase with each test card through https://test.psp2.example/checkout",
        ["https://test.psp2.example/checkout"],
    ),
    (
        "Modbus register map",
        "dump 0-199 of the inverter simulator (inv-sim:1502) and fill the spreadsheet",
        ["inv-sim:1502"],
    ),
    ("Upload the translations", "crowdin upload, needs CROWDIN_TOKEN of course", ["CROWDIN_TOKEN"]),
    (
        "Vector search returns duplicates",
        "Reproducible: create a collection in Qdrant with two named vectors, upsert the same id twice, scroll.",
        ["Qdrant"],
    ),
    (
        "Timezone of the report",
        "MySQL session is UTC, app is Berlin. Show that with SELECT NOW() before you touch the code.",
        ["MySQL"],
    ),
    (
        "WAL grows while the replica is off",
        "Set up primary + replica with compose, stop the replica, write 5 GB, draw the WAL size over time",
        ["Docker"],
    ),
    (
        "Duplicate invoices in March",
        "Finance sent me 14 numbers. Look them up in the accounting Postgres and find out which "
        "two requests made them. No fix yet.",
        ["PostgreSQL"],
    ),
    (
        "Session fixation",
        "log in twice from two browsers and compare the keys in Redis before/after, they must not be equal",
        ["Redis"],
    ),
    (
        "Mongo aggregation for the yearly wrap-up",
        "Write the pipeline, run it once over 2023 in mongosh and put result + explain into the gist.",
        ["MongoDB"],
    ),
    (
        "Poison pill in `shipments`",
        "offset 88123 of partition 4. Read it with kcat, save the bytes as a fixture.",
        ["Kafka"],
    ),
    (
        "Two consumers, one job",
        "I believe prefetch is ignored. RabbitMQ 3.12, management plugin open in the browser, 2 "
        "workers, 10 slow jobs, who gets what?",
        ["RabbitMQ"],
    ),
    (
        "Embedding drift",
        "Pull 1000 vectors out of Qdrant and compute their distance to freshly made ones. Histogram.",
        ["Qdrant"],
    ),
    (
        "Container does not stop within 10 s",
        "docker stop takes the whole grace period. Find out who swallows SIGTERM.",
        ["Docker"],
    ),
    (
        "Bundle analysis before the release",
        "npm run build -- --stats, upload stats.json, comment on everything above 100 kB",
        ["Node"],
    ),
    (
        "Printer queue stuck",
        "Send 20 labels to printer-sim.local:9100, the 7th never comes back. tcpdump, please.",
        ["printer-sim.local:9100", "tcpdump"],
    ),
    (
        "Push the release to the store",
        "fastlane deliver. APP_STORE_KEY has the key id, ask Kim if yours is empty.",
        ["APP_STORE_KEY"],
    ),
    (
        "MySQL 8.4: do our dumps load?",
        "take the three customer dumps from the share, load each, note warnings",
        ["MySQL"],
    ),
    (
        "Nightly cleanup deletes too much",
        "Reproduce on a copy: restore monday.dump (pg), set the clock to 23:59, start the job, count before and after",
        ["PostgreSQL"],
    ),
    (
        "Statement timeouts on the report page",
        "Turn on auto_explain in a Postgres with the march data, open the page, paste the three slowest plans.",
        ["PostgreSQL"],
    ),
    (
        "Cache stampede at midnight",
        "wrk 200 connections, flush redis in the middle, watch the db load. Graph before the fix and after.",
        ["Redis"],
    ),
    (
        "Change streams need majority",
        "Check with a three-node Mongo whether our read concern is enough: write, step the primary "
        "down, look at the resume token.",
        ["MongoDB"],
    ),
    (
        "Schema registry compatibility",
        "register v5 at http://registry.dev:8081 in BACKWARD mode; it has to accept it",
        ["http://registry.dev:8081"],
    ),
    (
        "Orders out of order",
        "Same key must land in the same partition. Prove it: 10k orders of 50 customers into "
        "Kafka, read back, check per customer.",
        ["Kafka"],
    ),
    (
        "Stemming for Dutch",
        "With Elasticsearch's _analyze compare dutch and dutch_kp for the 60 words in words.txt",
        ["Elasticsearch"],
    ),
    ("Prefetch tuning", "20, 50, 200 against the broker in compose (rabbit), messages per second each", ["RabbitMQ"]),
    ("Image runs as root", "docker run --user 1000 must work; which files need other owners?", ["Docker"]),
    ("Bump eslint", "npm ci && npx eslint . has to be clean, fix what comes up (node 20)", ["Node"]),
    ("Convert the training videos", "hevc to h264, ffmpeg -crf 21, keep subtitles. 14 files.", ["ffmpeg"]),
    ("Translate 2,000 product texts", "deepl.py, in batches of 50. DEEPL_KEY is needed, in your env.", ["DEEPL_KEY"]),
    ("Barometer jumps", "log both sensors for a night: baro-1:5025 and baro-2:5025", ["baro-1:5025", "baro-2:5025"]),
    (
        "Slow login for old users",
        "Their hash cost is 14. Measure on the mysql dump from May (load it first) how many are left.",
        ["MySQL"],
    ),
    (
        "Customer 8812 sees someone else's orders",
        "Reproduce with the masked dump on your Postgres, tenant filter off and on. Write down which endpoint.",
        ["PostgreSQL"],
    ),
    (
        "Pub/Sub loses messages when a replica restarts",
        "redis with one replica, publish every 10 ms, restart it, how many are missing?",
        ["Redis"],
    ),
    (
        "Which countries have broken addresses",
        "db.customers in the Mongo of the integration environment; group by country where zip is null. Table here.",
        ["MongoDB"],
    ),
    (
        "Highlighting cuts words in half",
        "the unified highlighter with fragmenter=span; put doc 77 into a scratch ES and show the snippet",
        ["Elasticsearch"],
    ),
    (
        "Dead letters from the weekend",
        "There are 312 of them in billing.dlq. Move them back with the shovel (rabbit, management "
        "on 15672), ten at a time, and look what fails.",
        ["RabbitMQ"],
    ),
    (
        "Nearest neighbours look random",
        "my guess: vectors were not normalised. Ask Qdrant for 20 known ids and check the length.",
        ["Qdrant"],
    ),
    (
        "ARM build fails since Tuesday",
        "buildx, QEMU, the log is in CI but nobody understands it. Get it to fail on your machine "
        "and cut it down to five lines of Dockerfile. Docker >= 25.",
        ["Docker"],
    ),
    ("Lighthouse below 70", "npx lighthouse on /start with throttling, fix the two biggest. Node 20.", ["Node"]),
    (
        "Contract with the weather service",
        "they changed something. Call https://api.weather.example/v2/now for 3 places and compare with our schema",
        ["https://api.weather.example/v2/now"],
    ),
    (
        "Transcripts for the podcast",
        "whisper-cli, medium model, 12 episodes. ffmpeg first, to 16 kHz mono.",
        ["ffmpeg"],
    ),
    (
        "Collation of the new column",
        "MySQL 8 sorts ß as ss with the default. Try the 30 names of the list under both and give me the order.",
        ["MySQL"],
    ),
]
"""A task's name, its notes -> what must be there for it."""

SPOKEN_OF = [
    (
        "Snapshot tests for the mails",
        "No SMTP needed. Mailhog (`localhost:8025`) is nice to look at them, but optional.",
    ),
    ("Try Qdrant as replacement (paper only)", "Page in the wiki. You don't have to install Qdrant for this."),
    ("Get rid of a cache", "- delete `flags/backend.py` and the `REDIS_URL` setting"),
    ("Push token cleanup", "FYI Docker on my laptop is broken again, so I tested in a venv; works the same."),
    ("Test matrix", "Run without services. Rabbit and postgres are for the e2e suite only (other repo)."),
    (
        "Move avatars out of MongoDB",
        "GridFS was a mistake. New uploads go to S3 as of this PR; the old ones follow separately.",
    ),
    ("Consumer group naming", "Prefix with the team's name. Constant in config.ts; no behaviour change."),
    (
        "Search suggestions for umlauts",
        "ü must match ue. The analyzer test boots its own Elasticsearch container, nothing to set up.",
    ),
    ("Print the Node version in the footer of the debug page", "process.version, grey, small."),
    ("Show a hint if ffmpeg is not found", "One line with the link to the docs."),
    ("Webhook URL in the settings page", "Placeholder should be https://example.com/hook"),
    ("Read MAILGUN_KEY from the vault", "Today it's an environment variable."),
    ("Add PostgreSQL to the list of supported databases", "docs/install.md, third paragraph."),
    (
        "RabbitMQ: drop the priority argument",
        "we don't use it since v3, remove from the declare call and the unit tests",
    ),
    ("Qdrant client: bump to 1.9", "changelog has nothing breaking; mypy + unit tests."),
    ("Feature flag for the new cache", "When the flag is off nothing touches Redis. Unit test with a spy."),
    ("Alert when Kafka lag > 10k", "Grafana rule only, the metric exists."),
    ("Default bind address", "should be 127.0.0.1:8000 and not 0.0.0.0:8000"),
    ("Describe our Redis setup in the onboarding guide", "half a page"),
    ("Table of supported brokers", "Kafka yes, RabbitMQ yes, NATS no. Marketing page."),
    ("Move CI to bun", "node goes away from the workflow files"),
    (
        "Read replica lag in the status bar",
        "Value comes from the metrics endpoint, the widget only formats it. Storybook + snapshot.",
    ),
    ("Config validation: reject redis:// URLs without a port", "Table test with ten strings."),
    (
        "Cheaper TTL for carts",
        "24 h instead of 7 days in the Redis call (cart/store.py:40). The test freezes time and uses a dict.",
    ),
    ("ES mapping as code", "Write the JSON, put it under /schema. Nothing is applied yet."),
    ("Upgrade notes", "Mention that Docker 24 is now the minimum."),
    ("MySQL reserved words in the generator", "quote `rank` and `groups`. Golden files."),
    ("Legal wants to know what Qdrant logs", "Read its documentation and summarise."),
    ("Typo in the port table", "relay.int:587 is listed as 578."),
    ("Compose file: pin image tags", "replace :latest by digests from images.lock. yamllint is the check."),
    ("Hide PSP_SANDBOX_SECRET in the admin page", "show four stars"),
    ("Redis 7 release notes", "what is in there for us? three bullet points"),
    ("SQL style guide", "examples are for Postgres, keywords in capitals"),
    ("Kafka Connect plugin list", "The page misses the S3 sink. Edit connectors.md."),
    ("Icon set for databases", "PostgreSQL, MySQL and MongoDB in 24 and 48 px, SVG."),
    (
        "Exit code of the wrapper",
        "wrapper.sh swallows the code that ffmpeg returns. shellcheck + bats with a fake ffmpeg on PATH.",
    ),
    ("Proxy config", "upstream pricing http://pricing.dev.local:7070 → http://pricing.internal:80, nginx -t in CI"),
    (
        "Queue names with tenant prefix",
        "unit tests for the function that builds the name, RabbitMQ itself stays out of it",
    ),
    (
        "Search results of yesterday",
        "yesterday ES was red for an hour; the cron mail about it went to the wrong list. Fix the address.",
    ),
    ("Add created_at to the JSON", "Serializer plus test. Column exists in Postgres since 2.4."),
    ("Prefix all cache keys with the version", "KEY_PREFIX in settings, unit tests use locmem. Redis needs no change."),
    ("Kafka topics in the architecture doc", "two are missing"),
    ("BSON size guard", "throw above 15 MB before we hand it to the Mongo driver; pure function"),
    ("Elastic licence text in NOTICE", "update the year"),
    ("Dockerfile: COPY only what is needed", "hadolint is the judge"),
    ("Node drain playbook", "kubernetes; rewrite steps 3-5"),
    ("Translate queue names in the UI", "de/fr/it. RabbitMQ keeps the english ones."),
    ("Drop the pdal dependency", "laspy does it"),
    ("Link to the provider's status page", "https://status.psp2.example in the footer"),
    ("Modbus client: reconnect", "inv-sim:1502 is only the example in the docstring, rename to device:502"),
    ("Mask CROWDIN_TOKEN in CI logs", "add-mask before the first step"),
    ("Qdrant in the cost overview", "12 EUR a month"),
    ("MySQL keywords for the highlighter", "list from the manual 8.0"),
    ("Say which ports we open", "README table: 5432, 6379, 9092"),
    ("Invoice numbers: gapless per tenant", "Sequence table per tenant; docs say Postgres only, that's fine."),
    ("Document the eviction policy", "as configured in Redis today: allkeys-lru"),
    (
        "Remove unused index hints",
        "Mongo picks the right index by itself since 4.4, the hints are only noise in the code",
    ),
    (
        "Serializer for shipment v4",
        "Avro, backwards compatible, unit tests with the schemas in /avro. (Kafka comes into play in the next ticket.)",
    ),
    ("Search box placeholder", "'Search 2 million parts' instead of 'Elasticsearch query'"),
    ("Exchange name in the env template", "RABBIT_EXCHANGE=orders (was: order)"),
    ("Rename collection constant", "QDRANT_FAQ → QDRANT_HELP in constants.py"),
    ("Ignore file for trivy", "CVE-2023-1234 until June. Format is in their README."),
    ("Docker icon in the integrations list", "old whale"),
    ("Deprecation note", "'Node 16 reached end of life' in the changelog"),
    ("Printer address in the settings", "default printer-sim.local:9100, must be editable"),
    ("Canonical tag", "should read https://www.shop.example/ without the query"),
    ("Settings: APP_STORE_KEY is optional now", "None → skip the upload step. Test both."),
    ("Charset in the connection string", "append ?charset=utf8mb4 (MySQL only), test on the builder function"),
    ("Glossary: 'replica'", "In Postgres and in Kubernetes it means different things. Two entries."),
    ("Enum for order states", "TypeScript only; Postgres has had the type for years."),
    ("Redis key naming", "update CONTRIBUTING.md"),
    ("Sponsor logos", "MongoDB's is outdated"),
    ("Registry URL as a flag", "--registry, default http://registry.dev:8081"),
    ("Kafka ACL request form", "new field 'reason'"),
    ("Query builder: escape + and -", "string in, string out. Elasticsearch docs, query_string, reserved characters."),
    ("RabbitMQ vhost in the architecture picture", "two boxes, not one"),
    ("Type hints for the Qdrant wrapper", "mypy strict"),
    ("Docker Hub README", "badge + two commands"),
    ("Node diagram", "arrows between the nodes are too thin"),
    ("ffmpeg licence question", "lawyer asks if we distribute it. Answer: no."),
    ("DEEPL_KEY must not show up in tracebacks", "mask it in the excepthook, test with a fake value"),
    ("Sensor names", "baro-1:5025 → roof, baro-2:5025 → cellar, in names.toml"),
    ("MySQL port in the firewall doc", "3306 not 3360"),
    (
        "Does the new parser read all old mails?",
        "maildir from the share, 80k files, list the failures. No server involved, not even the "
        "Redis for the counters.",
    ),
    ("Config key for the Redis prefix", "REDIS_PREFIX, default 'app:'; unit test of the settings class"),
    ("Convert ObjectIds in the CSV export", "str() them. Test with bson.ObjectId, no Mongo."),
    ("Kafka lag widget: colours", "red from 10k, yellow from 1k"),
    ("Elasticsearch mentioned twice in the sidebar", "one of them is dead"),
    (
        "Rename routing key",
        "invoice.create → invoice.created, constants only. RabbitMQ bindings are terraform's job, other ticket.",
    ),
    ("Constructor of the Qdrant store takes too many arguments", "dataclass for the options"),
    ("Docker logo next to the download link", "SVG from the brand page"),
    ("Text of the Node warning", "'please update' instead of 'you must'"),
    ("User agent for the weather client", "'shop/2 (+https://shop.example)'. https://api.weather.example wants it."),
    ("Wrapper around ffmpeg returns bytes", "should be a path"),
    ("Docs: GH_TOKEN scopes", "table with three rows"),
    ("MySQL connector: log level", "debug → info in logging.yml"),
]
"""A task's name and notes: what they name may be away."""


def required(name: str, notes: str) -> list[str]:
    return [str(one) for one in required_services(task(name, notes=notes))]


@pytest.mark.parametrize(("name", "notes", "things"), WORKED_ON)
def test_work_on_a_living_thing_waits_for_it(name: str, notes: str, things: list[str]) -> None:
    assert required(name, notes) == things


@pytest.mark.parametrize(("name", "notes"), SPOKEN_OF)
def test_a_text_that_only_speaks_of_a_thing_waits_for_nothing(name: str, notes: str) -> None:
    assert required(name, notes) == []


@pytest.mark.parametrize(("name", "notes", "things"), WORKED_ON)
def test_an_unrelated_sentence_releases_no_work(name: str, notes: str, things: list[str]) -> None:
    assert set(things) <= set(required(name, f"{notes}\n\nThe button is blue."))


@pytest.mark.parametrize(
    "told_otherwise",
    [
        "No Redis needed.",
        "Redis is mocked in the tests.",
        "We drop Redis next week, leave it out.",
        "Redis is optional.",
    ],
)
def test_a_sentence_about_the_thing_itself_can_release_it(told_otherwise: str) -> None:
    notes = "Measure the hit rate of the keys in Redis and note it in the ticket."
    assert required("Hit rate", notes) == ["Redis"]
    assert required("Hit rate", f"{notes}\n\n{told_otherwise}") == []


def test_what_is_called_the_broker_is_the_only_broker_of_the_text() -> None:
    notes = "Jobs come from RabbitMQ.\n\nThe broker must be reachable."
    assert required("Worker", notes) == ["RabbitMQ"]
    assert required("Worker", f"Events go to Kafka. {notes}") == []


@pytest.mark.parametrize(
    ("notes", "things"),
    [
        ("Publish three events to Rabbit and watch the queue.", ["RabbitMQ"]),
        ("Draw a rabbit and a cat, then publish the page.", []),
        ("Swap the alias of the index on the dev ES by hand.", ["Elasticsearch"]),
        ("Run the spell check over the ES and the PT texts.", []),
    ],
)
def test_a_nickname_is_known_by_the_company_it_keeps(notes: str, things: list[str]) -> None:
    assert required("Some work", notes) == things


def test_a_judgement_can_be_explained_by_its_signs() -> None:
    text = scene_of(task("Rebalance", notes="Run it against a real Kafka."))
    said = text[1]
    at = next(at for at, token in enumerate(said.tokens) if token.thing is not None)
    speaks_for, against = Weighing(text).explained(said, at)
    assert {Sign.AGAINST, Sign.LIVE, Sign.INSTANCE} <= speaks_for
    assert not against
