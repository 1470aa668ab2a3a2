"""Learns the weights of `aegis.core.learned` from the tuned half of the labelled texts: `make learn`.

Logistic regression, by stochastic gradient descent with a step for each feature (AdaGrad: Duchi, Hazan and Singer,
2011). The order of the cases is drawn with a fixed seed, so the same corpus gives the same weights.
"""

from __future__ import annotations

import hashlib
import json
import math
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from aegis.core.index import Index, known_to
from aegis.core.models import AsanaTask, Frozen, ReasonKind
from aegis.core.reading import weighed
from aegis.core.reading.lines import lines_of
from aegis.core.reading.sections import Sections
from aegis.core.reading.sentence import Sentence
from aegis.core.reading.sentences import paragraphs, sentences_of
from aegis.core.services import weighed as services
from aegis.core.services.decision import Weighing
from aegis.core.services.scene import names_nothing, scene_of
from benchmarks.judgement import DATA, Case, cases, gid_of, is_meant, judged_of

OPEN = (
    *("Card layout", "Payment gateway", "Freeze the schema", "Audit log", "Migrate the users table"),
    *("Write the API spec", "Checkout: address step", "#11 Train with new data", "#12 Label the images"),
    "Colour scheme OK?",
)
"""The open tasks of the project in which the labelled sentences are read."""
DONE = ("Old grid", "#9 Collect images")
"""Its completed tasks."""
_FILES = ("tuned.jsonl", "sentences.jsonl", "things.jsonl")
_ROUNDS = 40
_STEP = 0.3
_FEWEST = 2
"""A feature that fewer examples have tells nothing."""
_SMALLEST = 0.05
"""Weights below this are left out."""


@dataclass(frozen=True)
class Example:
    """Features, and whether it is so."""

    features: frozenset[str]
    is_so: bool


@dataclass(frozen=True)
class Subject:
    """Something that is learned: where its weights are kept, its examples, how strongly weights are held small."""

    file: Path
    examples: Callable[[], Iterable[Example]]
    decay: float


def learned(examples: Sequence[Example], decay: float) -> tuple[float, dict[str, float]]:
    """The bias and the weights that fit the examples; `decay` holds the weights small."""
    count = Counter(feature for example in dict.fromkeys(examples) for feature in example.features)
    weights = {feature: 0.0 for feature in sorted(count) if count[feature] >= _FEWEST}
    squares = dict.fromkeys([*weights, ""], 1e-8)
    weights[""] = 0.0  # the bias, which every example has
    data = [([*(one for one in sorted(example.features) if one in weights), ""], example.is_so) for example in examples]
    dice = random.Random(0)
    for _ in range(_ROUNDS):
        dice.shuffle(data)
        for features, is_so in data:
            odds = max(-30.0, min(30.0, sum(weights[one] for one in features)))
            error = 1 / (1 + math.exp(-odds)) - is_so
            for one in features:
                slope = error + decay * weights[one]
                squares[one] += slope * slope
                weights[one] -= _STEP * slope / math.sqrt(squares[one])
    bias = weights.pop("")
    return bias, {one: round(weight, 2) for one, weight in weights.items() if abs(weight) >= _SMALLEST}


def sentences(case: Case) -> Iterator[Example]:
    """The sentences of a text that name an open task: whether the text waits for it."""
    facts = case.facts()
    task = judged_of(facts)
    index = Index(tasks=facts.tasks, completed=facts.completed, outside=facts.outside)
    known = known_to(index, task)
    sections = Sections(known, lines_of(task.notes))
    headed = {gid for reference in sections.references() for gid in index.bearers(reference, task)}
    labels = [label for label in case.reasons if label.kind is ReasonKind.DEPENDENCY]
    wanted = {gid_of(label.on or "", case) for label in labels}
    for paragraph in paragraphs(sections.prose.lines):
        for text in sentences_of(paragraph):
            yield from _of_sentence(Sentence(text, known), index, task, headed, wanted)


def _of_sentence(
    sentence: Sentence, index: Index, task: AsanaTask, headed: set[str], wanted: set[str]
) -> Iterator[Example]:
    groups = sentence.objects.in_order()
    for group in groups:
        bearers = {gid for reference in group.references for gid in index.bearers(reference, task)}
        meant = {gid for gid in bearers if gid in index.open and gid != task.gid}
        if meant and not meant & headed:
            yield Example(frozenset(weighed.features_of(sentence.text, groups, group)), bool(meant & wanted))


class LabelledSentence(Frozen):
    """A sentence in a project with the tasks `OPEN` and `DONE`, and what a task with this text alone waits for.

    `waits`: names of open tasks; words that no task bears; "?" with the words, or alone, for what people give.
    """

    text: str
    waits: tuple[str, ...]

    def case(self) -> Case:
        """The same as a labelled text."""
        others = [{"name": name} for name in OPEN] + [{"name": name, "completed": True} for name in DONE]
        reasons = [{"kind": "dependency", "on": name} for name in self.waits if name in OPEN]
        state = "blocked" if reasons else "ready"
        whole = {"id": "-", "name": "Some other work", "notes": self.text, "others": others, "state": state}
        return Case.model_validate({**whole, "reasons": reasons, "hard": True, "why": "-"})


def sentences_on_file() -> list[LabelledSentence]:
    """The labelled sentences, in the file's order."""
    lines = (DATA / "sentences.jsonl").read_text(encoding="utf-8").split("\n")
    return [LabelledSentence.model_validate_json(line) for line in lines if line]


def things(case: Case) -> Iterator[Example]:
    """The things that a text names and that are not there: whether it needs them, where no sentence asks for them."""
    task = judged_of(case.facts())
    if names_nothing(task):
        return
    text = scene_of(task)
    weighing = Weighing(text)
    wanted = [label.service or "" for label in case.reasons if label.kind is ReasonKind.SERVICE]
    for thing in weighing.named:
        if not any(is_meant(label, thing.service) for label in case.down):
            continue
        mentions, said = weighing.mentions(thing)
        features = services.features_of(thing, text[0], mentions, said=said)
        yield Example(frozenset(features), any(is_meant(label, thing.service) for label in wanted))


class LabelledThings(Frozen):
    """A task and what it needs, as reasons say it; nothing else that it names is needed. `of`: which tests read it."""

    of: str
    name: str
    notes: str
    needs: tuple[str, ...]


def things_on_file() -> list[LabelledThings]:
    """The labelled tasks that name services and the like, in the file's order."""
    lines = (DATA / "things.jsonl").read_text(encoding="utf-8").split("\n")
    return [LabelledThings.model_validate_json(line) for line in lines if line]


def _of_things(one: LabelledThings) -> Iterator[Example]:
    text = scene_of(AsanaTask(gid="1", name=one.name, notes=one.notes))
    weighing = Weighing(text)
    for thing in weighing.named:
        mentions, said = weighing.mentions(thing)
        needed = any(need.partition(" at ")[0] == thing.service for need in one.needs)
        yield Example(frozenset(services.features_of(thing, text[0], mentions, said=said)), needed)


def _all_sentences() -> Iterator[Example]:
    for case in (*cases("tuned"), *(one.case() for one in sentences_on_file())):
        yield from sentences(case)


def _all_things() -> Iterator[Example]:
    for case in cases("tuned"):
        yield from things(case)
    for one in (*things_on_file(), *things_on_file()):  # twice, for they stand at the line between two sides
        yield from _of_things(one)


SUBJECTS = (Subject(weighed.WEIGHTS, _all_sentences, 0.01), Subject(services.WEIGHTS, _all_things, 0.1))


def corpus_hash() -> str:
    """What tells one corpus from another."""
    return hashlib.sha256(b"".join((DATA / name).read_bytes() for name in _FILES)).hexdigest()


def main() -> int:
    """Learn all, and write the weights where the product reads them."""
    for subject in SUBJECTS:
        examples = list(subject.examples())
        bias, weights = learned(examples, subject.decay)
        document = {"corpus": corpus_hash(), "bias": round(bias, 3), "weights": weights}
        subject.file.write_text(
            json.dumps(document, ensure_ascii=False, indent=0, sort_keys=True) + "\n", encoding="utf-8"
        )
        print(f"{subject.file.name}: {len(weights)} weights from {len(examples)} examples")
    return 0


if __name__ == "__main__":
    sys.exit(main())
