"""A GitHub in memory, for the examples: it takes comments, and tells a webhook about each of them, with a signature."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

Webhook = Callable[[dict[str, str], bytes], Awaitable[None]]


class FakeGitHub:
    """One repository, one webhook, and one access token: the bot's."""

    def __init__(self, secret: str, bot: str = "triage[bot]") -> None:
        self.comments: list[dict[str, Any]] = []
        self.webhook: Webhook | None = None
        self._secret, self._bot = secret, bot
        self._deliveries: list[tuple[dict[str, str], bytes]] = []

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """`POST /repos/OWNER/REPO/issues/NUMBER/comments` with the bot's token."""
        return self._comment(path, self._bot, "Bot", body["body"])

    async def get(self, path: str) -> list[dict[str, Any]]:
        """`GET` of the same path: the oldest first, 30 or `per_page` at a time."""
        path, _, query = path.partition("?")
        wanted = dict(parse_qsl(query))
        size, page = min(int(wanted.get("per_page", 30)), 100), int(wanted.get("page", 1))
        return [comment for comment in self.comments if comment["path"] == path][(page - 1) * size : page * size]

    async def a_person_comments(self, text: str, path: str = "/repos/acme/api/issues/7/comments") -> None:
        """A person writes, and everything that follows from it happens."""
        self._comment(path, "octocat", "User", text)
        await self.deliver()

    async def deliver(self) -> None:
        """Tells the webhook what it has not been told yet."""
        while self._deliveries and self.webhook:
            headers, body = self._deliveries.pop(0)
            await self.webhook(headers, body)

    async def deliver_again(self) -> None:
        """Somebody presses "Redeliver" for the first comment."""
        headers, body = self._delivery(self.comments[0])
        if self.webhook:
            await self.webhook(headers, body)

    def _comment(self, path: str, login: str, kind: str, text: str) -> dict[str, Any]:
        comment = {"id": len(self.comments) + 1, "path": path, "body": text, "user": {"login": login, "type": kind}}
        self.comments.append(comment)
        self._deliveries.append(self._delivery(comment))
        return comment

    def _delivery(self, comment: dict[str, Any]) -> tuple[dict[str, str], bytes]:
        _, _, owner, repo, _, number, _ = comment["path"].split("/")
        payload = {
            "action": "created",
            "issue": {"number": int(number)},
            "comment": {"id": comment["id"], "body": comment["body"], "user": comment["user"]},
            "repository": {"full_name": f"{owner}/{repo}"},
            "sender": comment["user"],
        }
        body = json.dumps(payload).encode()
        signature = hmac.new(self._secret.encode(), body, hashlib.sha256).hexdigest()
        return {
            "X-GitHub-Event": "issue_comment",
            "X-GitHub-Delivery": f"delivery-{comment['id']}",
            "X-Hub-Signature-256": f"sha256={signature}",
        }, body
