"""What the agent is told, seen from the model: attachments that it reads, what finished tasks reported, subtasks."""

from __future__ import annotations

import json
import re
from pathlib import Path

from aegis.sandbox.model import Rule, ToolCall, Turn
from tests.running import DONE, Product, writes


def test_an_attachment_and_a_finished_dependency_are_in_the_models_request_and_subtasks_are_completed(
    product: Product,
) -> None:
    store, robin = product.world.store, product.world.robin
    schema = product.world.task("Freeze the schema")
    gid = product.world.task("Write the importer", notes="By the plan.", dependencies=(schema,))
    spell, print_it = (store.add_task(None, name, parent=gid) for name in ("spell it", "print it"))
    store.attach(gid, "../plan.txt", b"the plan: read, check, write", by=robin)
    store.attach(gid, "the doc", url="https://docs.example/1", host="gdrive", by=robin)
    read = Turn(tools=(ToolCall(name="Read", input={"file_path": "$FILE(plan.txt)"}),))
    product.script(
        Rule(match="Task: Freeze the schema", turns=(Turn(reply={"status": "done", "summary": "Three tables."}),)),
        Rule(
            match="Task: Write the importer",
            turns=(read, writes("importer.py"), Turn(reply={**(DONE.reply or {}), "subtasks_done": [spell]})),
        ),
    )
    product.run("work-on", "Aegis")
    assert all(bool(store.task(one)["completed"]) for one in (schema, gid, spell))
    assert not store.task(print_it)["completed"]
    (comment,) = product.done_comments(gid)
    assert "Note: Subtask not reported done, left open: 'print it'" in comment

    prompt = next(text for text in product.model.prompts() if "Task: Write the importer" in text)
    (path,) = re.findall(r"^- (/\S+) \(../plan\.txt, 28 bytes\)$", prompt, re.MULTILINE)
    assert Path(path).is_relative_to(product.home / "runs") and Path(path).name == "1-plan.txt"
    assert "- the doc: a link, not fetched: https://docs.example/1" in prompt
    assert re.search(r"^'Freeze the schema', \S+:\nThree tables\.$", prompt, re.MULTILINE)
    requests = [json.dumps(request.body) for request in product.model.requests]
    assert any("the plan: read, check, write" in request for request in requests), "the Read tool was permitted"

    newest = json.loads(product.run("status", "--json").stdout)["recent"][0]
    kept = Path(newest["run_dir"]) / "prompt.md"
    assert prompt in kept.read_text() and str(kept.parent) in product.run("status").stdout
    assert f"Prompt: {kept}" in product.log.splitlines()
    assert product.processes() == []
