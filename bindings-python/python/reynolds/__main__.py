"""`python -m reynolds`: replays, explains, draws and checks journals. The verbs are those of the Rust program."""

from __future__ import annotations

import os
import sys

from ._native import command_line


def main() -> int:
    """Runs the command line, and returns its exit code: 0 if all is well, 1 if the answer is no, 2 for a wrong question."""
    code, out, notes = command_line(sys.argv[1:])
    for stream, text in ((sys.stderr, notes), (sys.stdout, out)):
        try:
            stream.buffer.write(text.encode())
            stream.flush()
        except BrokenPipeError:  # A reader that has seen enough is no error.
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return code


if __name__ == "__main__":
    sys.exit(main())
