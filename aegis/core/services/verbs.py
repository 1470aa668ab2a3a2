"""The verbs of work, in all their forms: what people do with a living thing, and what only software does with it."""

from __future__ import annotations

from enum import IntEnum

from aegis.core.services.phrases import words


class Verb(IntEnum):
    """How much a verb says that somebody works on the thing itself, now."""

    SOFTWARE = 0
    """What programs do all day: "reads from Kafka"; it may as well tell what to build."""
    BOTH = 2
    """What people and programs do: "publish three events to RabbitMQ"."""
    WORK = 4
    """What is done by whoever does the task: "run the migration on the dev Postgres"."""


_WORK = words(
    "scan sweep audit browse explore dig peek interrogate survey curl wget ab wrk hey siege telnet nc simulate model",
    "diagnose reconstruct trawl check-out shadow search spot-check cross-check double-check dogfood eval",
    "hunt pinpoint isolate narrow chase verify trigger exercise mine crunch plot graph tally total",
    "run rerun execute replay repeat reproduce repro try test retest benchmark bench profile measure time stress soak",
    "seed fill populate prefill backfill restore reindex verify check validate prove record capture sample inspect",
    "debug trace exercise develop hammer drive vacuum query count smoke-test load-test soak-test stress-test dry-run",
    "eyeball watch observe play confirm demonstrate experiment bisect recompute recalculate retry rehearse target",
    "investigate examine evaluate rerecord re-record re-run preload warm demo click walk look see probe assess dial",
    "flush warm purge rehearse trigger unplug regenerate anonymise anonymize dedupe deduplicate tune monitor attach",
    "step practise practice perform evidence",
)
_BOTH = words(
    "publish produce send post push insert upsert load import ingest index dump export download fetch pull copy sync",
    "replicate upload apply sign connect hit call ping request diff open fire flood create start consume scrape",
    "crawl convert encode render generate transcode compile build truncate merge process reprocess rebuild update",
    "extract compute collect migrate enqueue dispatch poke mirror clone crosscheck tail submit purge feed bulk-load",
    "do perform place order buy book point hook plug aim wire grab archive shoot turn compare ask join roll delete",
    "list",
    "print subscribe script deploy evict throw kick issue lock hold wipe draw",
)
_SOFTWARE = words(
    "read write store save cache put get take come use talk drain poll go move emit stream work exist happen live keep",
    "search stay begin expire land return answer compare",
)
_IRREGULAR = {
    "run": "ran run running",
    "rerun": "reran rerunning",
    "write": "wrote written writing",
    "read": "read",
    "send": "sent",
    "put": "put putting",
    "take": "took taken",
    "hit": "hit hitting",
    "come": "came",
    "get": "got getting",
    "go": "went going goes gone",
    "see": "saw seen seeing",
    "tell": "told",
    "feed": "fed",
    "build": "built",
    "keep": "kept",
    "draw": "drew drawn",
    "hold": "held",
    "throw": "threw thrown",
}
_DOUBLED = ("plan", "step", "map", "dump", "scan", "wip", "sync", "submit", "drop", "log", "stop")


def _forms(base: str) -> dict[str, str]:
    """All forms of a verb -> which one it is: "base", "s", "ed", "ing"."""
    stem = base[:-1] if base.endswith("e") and not base.endswith("ee") else base
    ending = base.endswith(("s", "x", "ch", "sh", "z"))
    third = f"{base[:-1]}ies" if base.endswith("y") and base[-2] not in "aeiou" else f"{base}{'es' if ending else 's'}"
    past = f"{base[:-1]}ied" if base.endswith("y") and base[-2] not in "aeiou" else f"{stem}ed"
    found = {third: "s", past: "ed", f"{stem}ing": "ing", base: "base"}
    for form in _IRREGULAR.get(base, "").split():
        found.setdefault(form, "ing" if form.endswith("ing") else "s" if form.endswith("es") else "ed")
    if base in _DOUBLED:
        found |= {f"{base}{base[-1]}ed": "ed", f"{base}{base[-1]}ing": "ing"}
    return found


VERBS: dict[str, tuple[Verb, str]] = {
    form: (weight, kind)
    for weight, verbs in ((Verb.SOFTWARE, _SOFTWARE), (Verb.BOTH, _BOTH), (Verb.WORK, _WORK))
    for base in sorted(verbs)
    for form, kind in _forms(base).items()
}
"""Each form of a verb -> how much it says, and which form it is."""
