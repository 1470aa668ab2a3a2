"""The table of services: how people call one, where it listens, how it is told that it answers, what can be done.

What is said *of* a service that requires it ("needs X", "X must be running") is the same for all and stands once, as
sets of words, in `aegis.core.services.phrases`; `asks` says how they combine. The looks themselves are adapters' work.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from aegis.core.models import ReplyOption
from aegis.core.services.phrases import words
from aegis.core.services.requirement import Kind, Requirement


class Greeting(StrEnum):
    """The short exchange by which something is known to answer; aegis/adapters/services/greetings.py speaks them."""

    POSTGRES = "the answer to an SSLRequest"
    MYSQL = "the handshake packet that the server sends first"
    REDIS = "PING"
    MONGODB = "hello in an OP_MSG"
    AMQP = "Connection.Start after the protocol header"
    KAFKA = "ApiVersions"
    ELASTICSEARCH = "GET / with a cluster's name"
    QDRANT = "GET /healthz"
    DOCKER = "the docker command, else GET /_ping at the engine's socket"
    PROGRAM = "a program on PATH that tells its version"
    CONNECTION = "a connection"
    HTTP = "GET of the path"
    SET = "a variable that is set and handed to the agent"


@dataclass(frozen=True)
class Advice:
    """What a person can do about something that is away: options, and which one (from 1) is recommended, why."""

    options: tuple[ReplyOption, ...]
    because: str
    recommended: int = 1

    @property
    def recommendation(self) -> str:
        """The recommendation as a sentence's end."""
        return f"option {self.recommended}: {self.because}"


@dataclass(frozen=True)
class Service:
    """A row of the table.

    `word` is how people call it, as a pattern in small letters without its version; `port` where it listens when
    nobody says otherwise, `setting` the setting that says otherwise; `schemes` of its URLs; `images` of its
    containers; `parts` are things of it that need the server where they follow its name ("a Kafka topic"); `called`
    are nouns by which a text goes on to call it ("the broker"); who runs one of its `clients` talks to it; `nicknames`
    are words that mean it only in the `company` of others ("the ES index", "publish to Rabbit").
    """

    name: str
    word: str
    greeting: Greeting
    advice: Advice
    port: int = 0
    setting: str = ""
    schemes: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    sockets: tuple[str, ...] = ()
    parts: frozenset[str] = field(default=frozenset())
    called: frozenset[str] = field(default=frozenset())
    clients: frozenset[str] = field(default=frozenset())
    nicknames: frozenset[str] = field(default=frozenset())
    company: frozenset[str] = field(default=frozenset())


def _server(name: str, container: str, unit: str, formula: str, elsewhere: str) -> Advice:
    """The three ways to have a server."""
    return Advice(
        (
            ReplyOption(
                label=f"Start it with Docker: {container}",
                pros="nothing to install, the same version for everybody",
                cons="needs Docker",
            ),
            ReplyOption(
                label=f"Start the local one (brew services start {formula}, or sudo systemctl start {unit})",
                pros="no container",
                cons=f"needs {name} on this machine",
            ),
            ReplyOption(
                label=f"Name another server {elsewhere}",
                pros="nothing runs on this machine",
                cons="needs a server that can be reached",
            ),
        ),
        "it is reproducible and easy to remove",
    )


_RUN = "docker run -d -p 127.0.0.1:"

SERVICES: tuple[Service, ...] = (
    Service(
        "PostgreSQL",
        r"postgres(?:ql)?|postgis|pgvector|timescaledb|pgsql",
        Greeting.POSTGRES,
        _server("PostgreSQL", "docker compose up -d postgres", "postgresql", "postgresql@16", "in DATABASE_URL"),
        port=5432,
        setting="DATABASE_URL",
        schemes=("postgres", "postgresql", "postgresql+psycopg"),
        images=("postgres", "postgresql", "postgis", "pgvector", "timescaledb"),
        sockets=("/var/run/postgresql/.s.PGSQL.5432", "/tmp/.s.PGSQL.5432"),  # noqa: S108 - where servers put it
        parts=words("replica"),
        clients=words("psql pg_dump pg_restore pgbench"),
        called=words("database db"),
        nicknames=words("pg"),
        company=words(
            "table tables sql query queries database db tests reachable running dump psql schema migration transaction"
            "transactions serializable isolation"
        ),
    ),
    Service(
        "MySQL",
        r"mysqld?|mariadb|percona",
        Greeting.MYSQL,
        _server(
            "MySQL",
            f"{_RUN}3306:3306 -e MYSQL_ALLOW_EMPTY_PASSWORD=1 mysql:8",
            "mysql",
            "mysql",
            "in the task: Requires MySQL at HOST:3306",
        ),
        port=3306,
        schemes=("mysql", "mysql+pymysql", "mariadb"),
        images=("mysql", "mariadb", "mysql-server", "percona"),
        sockets=("/var/run/mysqld/mysqld.sock", "/tmp/mysql.sock"),  # noqa: S108 - where servers put it
        parts=words("replica"),
        clients=words("mysql mysqldump mysqladmin"),
        called=words("database db"),
    ),
    Service(
        "Redis",
        r"redis|valkey",
        Greeting.REDIS,
        _server("Redis", "docker compose up -d redis", "redis-server", "redis", "in REDIS_URL"),
        port=6379,
        setting="REDIS_URL",
        schemes=("redis", "rediss", "valkey"),
        images=("redis", "valkey", "redis-stack", "redis-stack-server"),
        parts=words("sentinel stream streams channel"),
        clients=words("redis-cli redis-server"),
        called=words("cache"),
    ),
    Service(
        "MongoDB",
        r"mongo(?:db|d)?",
        Greeting.MONGODB,
        _server(
            "MongoDB",
            f"{_RUN}27017:27017 mongo:7",
            "mongod",
            "mongodb-community",
            "in the task: Requires MongoDB at HOST:27017",
        ),
        port=27017,
        schemes=("mongodb",),
        images=("mongo", "mongodb", "mongodb-community-server"),
        parts=words("collection collections replica"),
        clients=words("mongosh mongodump mongorestore"),
        called=words("database db"),
    ),
    Service(
        "RabbitMQ",
        r"rabbit-?mq",
        Greeting.AMQP,
        _server(
            "RabbitMQ",
            f"{_RUN}5672:5672 rabbitmq:4",
            "rabbitmq-server",
            "rabbitmq",
            "in the task: Requires RabbitMQ at HOST:5672",
        ),
        port=5672,
        schemes=("amqp", "amqps"),
        images=("rabbitmq",),
        parts=words("queue queues exchange exchanges vhost"),
        clients=words("rabbitmqctl rabbitmqadmin"),
        called=words("broker queue"),
        nicknames=words("rabbit"),
        company=words(
            "queue queues broker exchange exchanges amqp message messages dead-letter",
            "event",
            "watermark prefetch ack nack unacked events consumer consumers confirm confirms publisher vhost",
            "dispatch worker workers dlq prefetch job jobs",
        ),
    ),
    Service(
        "Kafka",
        r"kafka",
        Greeting.KAFKA,
        _server("Kafka", f"{_RUN}9092:9092 apache/kafka", "kafka", "kafka", "in the task: Requires Kafka at HOST:9092"),
        port=9092,
        schemes=("kafka",),
        images=("kafka", "kafka-native", "cp-kafka", "redpanda"),
        parts=words("topic topics partition partitions"),
        clients=words(
            "kcat kafkacat kafka-topics kafka-configs kafka-acls kafka-consumer-groups kafka-console-consumer "
            "kafka-console-producer kafka-producer-perf-test"
        ),
        called=words("broker cluster"),
    ),
    Service(
        "Elasticsearch",
        r"elastic-?search|open-?search",
        Greeting.ELASTICSEARCH,
        _server(
            "Elasticsearch",
            f"{_RUN}9200:9200 -e discovery.type=single-node elasticsearch:8.17.0",
            "elasticsearch",
            "elasticsearch-full",
            "in the task: Requires Elasticsearch at HOST:9200",
        ),
        port=9200,
        images=("elasticsearch", "opensearch"),
        parts=words("index indices alias"),
        called=words("cluster index"),
        nicknames=words("es elastic"),
        company=words(
            "doc highlighter snippet scratch index indices indexes search mapping mappings alias documents docs",
            "analyzer analyser query queries shard",
            "shards cluster node reindex kibana relevance",
        ),
    ),
    Service(
        "Qdrant",
        r"qdrant",
        Greeting.QDRANT,
        Advice(
            (
                ReplyOption(
                    label="Start it with Docker: docker compose --profile qdrant up -d qdrant",
                    pros="nothing to install, the same version for everybody",
                    cons="needs Docker",
                ),
                ReplyOption(
                    label="Name another server in QDRANT_URL",
                    pros="nothing runs on this machine",
                    cons="needs a server that can be reached",
                ),
            ),
            "it is reproducible and easy to remove",
        ),
        port=6333,
        setting="QDRANT_URL",
        images=("qdrant",),
        parts=words("collection collections"),
        called=words("vector-store vector-db"),
    ),
    Service(
        "Docker",
        r"docker(?:-compose|d)?",
        Greeting.DOCKER,
        Advice(
            (
                ReplyOption(
                    label="Install and start Docker (Docker Desktop, or sudo systemctl start docker)",
                    pros="all tasks can use it",
                    cons="takes memory and disk",
                ),
                ReplyOption(
                    label="Say in the task how to do it without Docker",
                    pros="nothing to install",
                    cons="another way of work than the team's",
                ),
            ),
            "what the task asks for is then done as it is written",
        ),
        parts=words("socket network registry cli"),
        clients=words("docker docker-compose"),
        called=words("daemon"),
        nicknames=words("testcontainers compose"),
        company=words(
            "testcontainers up stack replica container containers docker service services db kafka redis postgres"
        ),
    ),
    Service(
        "Node",
        r"node\.?js|node",
        Greeting.PROGRAM,
        Advice(
            (
                ReplyOption(
                    label="Install Node where Aegis runs (nodejs.org, brew install node), so that it is on PATH",
                    pros="all tasks can use it",
                    cons="one more thing to keep up to date",
                ),
                ReplyOption(
                    label="Say in the task how to do it without Node",
                    pros="nothing to install",
                    cons="another way of work than the team's",
                ),
            ),
            "what the task asks for is then done as it is written",
        ),
        parts=words("runtime script tool program"),
        clients=words("node npm npx"),
    ),
)

BY_NAME = {service.name: service for service in SERVICES}
CLIENTS = {client: service.name for service in SERVICES for client in service.clients}
"""Programs that talk to a service -> its name."""


def advice_for(requirement: Requirement) -> Advice:
    """What a person can do about something required that is not there: 2-4 options, one of them recommended."""
    match requirement.kind:
        case Kind.SERVICE if not requirement.address:
            return BY_NAME[requirement.service].advice
        case Kind.COMMAND:
            return _about_command(requirement.service)
        case Kind.VARIABLE:
            return _about_variable(requirement.service)
    what = requirement.service if requirement.kind is Kind.SERVICE else "what should answer"
    return Advice(
        (
            _option(
                f"Start {what} at {requirement.address}",
                "the task is done as it is written",
                "must run as long as the work does",
            ),
            _option(
                "Write another address into the task's text",
                "nothing is started here",
                "needs a server that can be reached",
            ),
            _option(
                "Say in the task how to do it without, such as with a stub",
                "nothing has to run",
                "less is tried for real",
            ),
        ),
        "it is what the task's text asks for",
    )


def missing(requirement: Requirement, detail: str, address: str) -> str:
    """The sentence that something required is not there; `address` and `detail` are those of the look at it."""
    match requirement.kind:
        case Kind.COMMAND | Kind.VARIABLE:
            return f"{requirement.service} is not there: {detail}."
        case Kind.PORT | Kind.URL:
            return f"{requirement.service} does not answer: {detail}."
    return f"{requirement.service} does not answer at {address}: {detail}."


def _about_command(name: str) -> Advice:
    return Advice(
        (
            _option(
                f"Install {name} where Aegis runs, so that it is on the PATH that Aegis has",
                "all tasks can use it",
                "one more thing on this machine",
            ),
            _option(f"Say in the task how to do it without {name}", "nothing to install", "another way of work"),
        ),
        "what the task asks for is then done as it is written",
    )


def _about_variable(name: str) -> Advice:
    return Advice(
        (
            _option(
                f"Set {name} where Aegis runs, and name it in CLAUDE_ENV_PASS",
                "the agent has what the task asks for",
                "the agent, and so whoever writes tasks, can read its value",
            ),
            _option(
                f"Say in the task how to do it without {name}, such as with a fake",
                "the agent sees no secret",
                "less is tried for real",
            ),
        ),
        "the work can be checked for real; use a value that may do little",
    )


def _option(label: str, pros: str, cons: str) -> ReplyOption:
    return ReplyOption(label=label, pros=pros, cons=cons)
