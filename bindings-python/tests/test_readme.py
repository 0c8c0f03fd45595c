"""What the README shows is a file, and it runs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from reynolds import Broker

HERE = Path(__file__).resolve().parents[1]
QUICKSTART = HERE / "examples" / "quickstart.py"


@pytest.mark.parametrize("example", ["quickstart.py", "plan.py", "planner.py"])
def test_what_is_shown_is_the_file(example: str) -> None:
    readme, file = HERE / "README.md", HERE / "examples" / example
    found = re.compile(rf"(<!-- examples/{example} -->\n```python\n)(.*?)(```\n)", re.DOTALL)
    text = readme.read_text(encoding="utf-8")
    now = found.sub(lambda match: match[1] + file.read_text(encoding="utf-8") + match[3], text)
    if os.environ.get("REYNOLDS_REWRITE"):
        readme.write_text(now, encoding="utf-8")
    assert found.search(text)
    assert text == now, "run the tests with REYNOLDS_REWRITE=1"


def test_the_quickstart_runs_and_runs_again(tmp_path: Path) -> None:
    for expected in ("answered\n", "answered\n"):
        done = subprocess.run([sys.executable, "-W", "error", QUICKSTART], cwd=tmp_path, capture_output=True, text=True)
        # The fake GitHub begins anew: its first delivery is known to the second run, and log mode changes nothing.
        assert (done.returncode, done.stderr, done.stdout) == (0, "", expected)
    assert Broker.open(tmp_path / "bot.ryj", {"name": "triage"}).opened["last"] > 8


def bot_in(folder: Path) -> str:
    """The quickstart without its last line, and a GitHub beside it."""
    (folder / "fake_github.py").write_bytes((HERE / "examples" / "fake_github.py").read_bytes())
    return QUICKSTART.read_text(encoding="utf-8").replace("asyncio.run(main())\n", "")


def says(folder: Path, code: str) -> tuple[str, str]:
    (folder / "bot.py").write_text(code, encoding="utf-8")
    done = subprocess.run([sys.executable, "-W", "error", "bot.py"], cwd=folder, capture_output=True, text=True)
    return done.stdout, done.stderr


def test_what_it_shows_for_a_webhook_answers_too(tmp_path: Path) -> None:
    readme = (HERE / "README.md").read_text(encoding="utf-8")
    shown = next(code for code in re.findall(r"```python\n(.*?)```", readme, re.DOTALL) if "async def serve" in code)
    assert says(tmp_path, bot_in(tmp_path) + shown + "\n\nasyncio.run(serve())\n") == ("answered\n", "")


def test_the_quickstart_finds_its_comment_on_a_busy_issue_and_takes_nobody_elses_for_it(tmp_path: Path) -> None:
    tail = """
path = "/repos/acme/api/issues/7/comments"
effect = {"type": "act", "id": "3.0", "idempotency_key": "triage/3.0", "subject": "github:acme/api#7", "text": "Hi."}
for number in range(130):
    api._comment(path, "octocat", "User", str(number))
api._comment(path, "mallory", "User", "<!-- reynolds:triage/3.0 -->")
print(asyncio.run(find(effect)))
asyncio.run(perform(effect))
print(asyncio.run(find(effect)))
"""
    assert says(tmp_path, bot_in(tmp_path) + tail) == ("None\n{'type': 'done', 'object': 'github:comment/132'}\n", "")


def test_the_loop_ends_as_it_is_shown(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-W", "error", HERE / "examples" / "loop.py"], cwd=tmp_path, capture_output=True, text=True)
    warned = done.stderr.splitlines()  # The logger says so where nobody has configured it.
    assert (done.returncode, len(warned)) == (0, 1)
    assert warned[0].startswith("the emergency breaker has stopped chain 2 on ")
    readme = HERE / "README.md"
    found = re.compile(r"(<!-- examples/loop\.py -->\n```console\n\$ [^\n]*\n)(.*?)(```\n)", re.DOTALL)
    text = readme.read_text(encoding="utf-8")
    now = found.sub(lambda match: match[1] + done.stdout + match[3], text)
    if os.environ.get("REYNOLDS_REWRITE"):
        readme.write_text(now, encoding="utf-8")
    assert text == now, "run the tests with REYNOLDS_REWRITE=1"
    said = [line.split(":")[0] for line in done.stdout.splitlines()]
    assert said[:5] == ["answered"] * 5
    assert said[-3:] == ["held", "loop", "quiet again after 13 comments, 1 denied"]


def test_the_open_questions_it_lists_are_those_that_were_shown_before_a_restart_too(tmp_path: Path) -> None:
    readme = (HERE / "README.md").read_text(encoding="utf-8")
    shown = next(code for code in re.findall(r"```python\n(.*?)```", readme, re.DOTALL) if "def open_questions" in code)
    tail = """
import asyncio
import reynolds

asked = []
tasks = [{"id": "ok", "ask": {"text": "Release?"}}, {"id": "other", "needs": ["ok"], "ask": {"text": "Sure?"}}]


async def life(submits: bool) -> None:
    async with reynolds.open("bot.ryj", name="t", perform=print, ask=lambda question: asked.append(question["task"])) as ry:
        if submits:
            await ry.submit({"type": "plan", "id": "p", "tasks": tasks})
        await ry.idle()
        print(open_questions(ry.view), asked)
        if not submits:
            await ry.order("p", {"type": "answer", "task": "ok", "value": True})
            await ry.idle()
            print(open_questions(ry.view), asked)


asyncio.run(life(True))
asyncio.run(life(False))
"""
    said = "[('p', 'ok')] ['p/ok']\n[('p', 'ok')] ['p/ok']\n[('p', 'other')] ['p/ok', 'p/other']\n"
    assert says(tmp_path, shown + tail) == (said, "")


def test_a_click_on_a_button_as_it_is_shown_answers_its_question_once(tmp_path: Path) -> None:
    readme = (HERE / "README.md").read_text(encoding="utf-8")
    shown = next(code for code in re.findall(r"```python\n(.*?)```", readme, re.DOTALL) if "def ask_in_teams" in code)
    (tmp_path / "my_bot.py").write_text("cards = []\n\nasync def post_card(*card):\n    cards.append(card)\n", encoding="utf-8")
    tail = """
import asyncio
from my_bot import cards
from reynolds import teams


async def main() -> None:
    handlers = {"click": lambda turn: click(ry, turn)}
    async with reynolds.open(":memory:", name="t", perform=print, ask=ask_in_teams, rules=[CLICK], handlers=handlers) as ry:
        running = asyncio.create_task(ry.run({"id": "p", "tasks": [{"id": "ok", "ask": {"text": "Release?"}}]}))
        while not cards:
            await asyncio.sleep(0.005)
        (_, text, (yes, no)) = cards[0]
        base = {"conversation": {"id": "19:c"}, "from": {"id": "29:u", "aadObjectId": "ada"}}
        invoke = {"type": "invoke", "name": "adaptiveCard/action", "value": {"action": {"type": yes["type"], "data": yes["data"]}}}
        await ry.submit(teams.event({"id": "1", **base, **invoke}))
        await ry.submit(teams.event({"id": "2", **base, "type": "message", "value": no["data"]}))
        ran = await running
        await ry.idle()
        print(text, ran["ok"]["state"], ran["ok"]["result"], ry.view.open())


asyncio.run(main())
"""
    assert says(tmp_path, shown + tail) == ("Release? succeeded True []\n", "")


def test_the_test_it_shows_passes_and_fails_for_a_bot_that_answers_everything(tmp_path: Path) -> None:
    readme = (HERE / "README.md").read_text(encoding="utf-8")
    shown = next(code for code in re.findall(r"```python\n(.*?)```", readme, re.DOTALL) if "import World" in code)
    bot = bot_in(tmp_path) + shown
    call = "\n\ntest_this_bot_and_dependabot_do_not_loop()\n"
    assert says(tmp_path, bot + call)[1] == ""
    unguarded = re.sub(r"    if turn\.event.*\n        return.*\n", "", bot)
    assert unguarded != bot
    assert "assert run.quiet and not run.denied and not run.held\n" in says(tmp_path, unguarded + call)[1]


def test_a_host_whose_disk_was_full_is_opened_again_as_it_is_shown(tmp_path: Path) -> None:
    readme = (HERE / "README.md").read_text(encoding="utf-8")
    shown = next(code for code in re.findall(r"```python\n(.*?)```", readme, re.DOTALL) if "async def keep_open" in code)
    (tmp_path / "my_bot.py").write_text("hosts = []\nuse = hosts.append\n", encoding="utf-8")
    head = "import asyncio, resource, signal\nimport reynolds\nfrom my_bot import hosts\nperform = print\n\n"
    tail = """

async def opened(many):
    while len(hosts) < many:
        await asyncio.sleep(0.001)
    return hosts[-1]


async def main():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    keeping = asyncio.create_task(keep_open())
    first = await opened(1)
    event = {"type": "event", "id": "1", "source": "s", "kind": "c", "subject": "s", "text": "x" * 20_000}
    resource.setrlimit(resource.RLIMIT_FSIZE, (9000, resource.RLIM_INFINITY))
    try:
        await first.submit(event)
    except StorageError as error:
        print(error.code)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    second = await opened(2)
    print(second is first, len((await second.submit(event))["verdicts"]))
    keeping.cancel()
    await asyncio.wait({keeping})


asyncio.run(main())
"""
    assert says(tmp_path, head + shown + tail) == ("RY2103\nFalse 0\n", "")


@pytest.mark.parametrize("checker", [["mypy", "--strict"], ["pyright", "--pythonpath", sys.executable]], ids=["mypy", "pyright"])
def test_what_the_readme_shows_is_well_typed(checker: list[str], tmp_path: Path) -> None:
    readme = (HERE / "README.md").read_text(encoding="utf-8")
    # Checked with the other examples.
    readme = re.sub(r"<!-- examples/plan(ner)?\.py -->\n```python\n.*?```", "", readme, flags=re.DOTALL)
    shown = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    assert len(shown) == 8
    (tmp_path / "fake_github.py").write_bytes((HERE / "examples" / "fake_github.py").read_bytes())
    (tmp_path / "my_bot.pyi").write_text(
        "class Message:\n    id: str\n    text: str\n\n\n"
        "async def send(conversation: str, text: str) -> Message: ...\n\n\n"
        "async def messages(conversation: str) -> list[Message]: ...\n\n\n"
        "def use(ry: object) -> None: ...\n\n\n"
        "async def post_card(conversation: str, text: str, buttons: list[dict[str, object]]) -> None: ...\n",
        encoding="utf-8",
    )
    bot = tmp_path / "bot.py"
    bot.write_text("\n\n".join(shown), encoding="utf-8")
    said = subprocess.run([sys.executable, "-m", *checker, bot.name], cwd=tmp_path, capture_output=True, text=True)
    if "getaddrinfo" in said.stdout + said.stderr or "nodeenv" in said.stderr:
        pytest.skip("pyright could not fetch its Node (no network?)")
    assert said.returncode == 0, said.stdout[-5000:] + said.stderr[-2000:]
    # A file of its own: a cache that goes by time and size takes one letter changed within a second for the same text.
    right = bot.read_text(encoding="utf-8")
    wrong = tmp_path / "wrong.py"
    wrong.write_text(right.replace('effect["subject"]', 'effect["subjekt"]'), encoding="utf-8")
    assert wrong.read_text(encoding="utf-8") != right
    assert subprocess.run([sys.executable, "-m", *checker, wrong.name], cwd=tmp_path, capture_output=True).returncode == 1
