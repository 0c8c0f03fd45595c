"""What can go wrong, numbered and the same in every language.

| numbers | class | whose fault |
|---|---|---|
| RY10xx | `Rejected` | the input's: nothing changed, nothing was recorded |
| RY11xx | `ReadError` | the webhook payload's |
| RY20xx | `Misuse` | the host's: the message says the remedy |
| RY21xx | `StorageError` | the journal's, on the disk |
| RY22xx | `HostError` | the call's, or the host code's |
| RY3xxx | `RestoreError` | the stored bytes' |

`docs/errors.md` of the project says for each number what to do.
"""

from __future__ import annotations

__all__ = ["HostError", "Misuse", "ReadError", "Rejected", "RestoreError", "ReynoldsError", "StorageError", "from_code"]


class ReynoldsError(Exception):
    """Any error of this package.

    Attributes:
        code: The stable number, for example `RY1003`.
        message: The number, what is wrong and what to do.
        field: What of the input is meant, for programs: the field, of RY1007 the limit, of RY1014 and RY1017 the rule, setting
            or task. `None` where no single one is meant, and for RY1001, whose message names the place.
    """

    code: str
    message: str
    field: str | None

    def __init__(self, code: str, message: str, field: str | None = None) -> None:
        super().__init__(code, message, field)
        self.code = code
        self.message = message
        self.field = field

    def __str__(self) -> str:
        return self.message


class Rejected(ReynoldsError):
    """RY10xx: an input was refused. It changed nothing and is not recorded; correct it and submit again."""


class ReadError(ReynoldsError):
    """RY11xx: a webhook could not be read. Nothing was submitted."""


class Misuse(ReynoldsError):
    """RY20xx: the protocol was not kept. The message says what to do instead."""


class StorageError(ReynoldsError):
    """RY21xx: the journal on the disk. After all but RY2104 the broker is gone: mend the cause and open it again."""


class HostError(ReynoldsError):
    """RY22xx: a call that can not be made, or host code that did what it may not. The broker is as it was."""


class RestoreError(ReynoldsError):
    """RY3xxx: stored bytes can not be read back."""


_FAMILIES: dict[str, type[ReynoldsError]] = {
    "RY10": Rejected,
    "RY11": ReadError,
    "RY20": Misuse,
    "RY21": StorageError,
    "RY22": HostError,
    "RY30": RestoreError,
}


def from_code(code: str, message: str, field: str | None = None) -> ReynoldsError:
    """The error of a number, as an object of its class."""
    return _FAMILIES.get(code[:4], ReynoldsError)(code, message, field)
