"""When a host stores snapshots by itself."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from reynolds.types import Input
from test_host import Platform, event, path, run

__all__ = ["path"]  # A fixture.


def test_a_snapshot_is_stored_though_no_process_lives_for_so_many_records(path: Path) -> None:
    async def main() -> None:
        for life in range(4):
            async with Platform().open(path, snapshot_every=50) as ry:
                assert ry.opened["replayed"] < 100
                for number in range(40):
                    await ry.submit(cast(Input, {**event(life * 100 + number), "type": "event"}))

    run(main())
    assert [int(file.stem) for file in sorted(path.glob("*.rysnap"))][-1] >= 100
