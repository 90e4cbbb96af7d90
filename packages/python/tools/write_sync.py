"""Writes src/citronella/_sync from src/citronella/_async: the same calls without `await`.

python tools/write_sync.py            writes it
python tools/write_sync.py --check    says whether it is as it would be written
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

HERE = Path(__file__).parent.parent / "src" / "citronella"
HEAD = "# Made from _async/{name} by tools/write_sync.py: change it there.\n"
WORDS = [
    (r"Calls that are awaited\. .*", 'Calls that block."""'),
    (r"\basync (def|with|for)\b", r"\1"),
    (r"\bawait ", ""),
    (r"\bStopAsyncIteration\b", "StopIteration"),
    (r"\basyncio\.TimeoutError\b", "TimeoutError"),
    (r"^import asyncio\n", ""),
    (r"\b__a(iter|next|enter|exit)__", r"__\1__"),
    (r"\.\._async_wire\b", ".._wire"),
    (r"\bAsync([A-Z]\w*)", r"\1"),
    (r"\b_async\b", "_sync"),
]


def sync(text: str) -> str:
    for old, new in WORDS:
        text = re.sub(old, new, text, flags=re.MULTILINE)
    return text


def main() -> int:
    stale = []
    for source in sorted((HERE / "_async").glob("*.py")):
        written = HEAD.format(name=source.name) + sync(source.read_text())
        target = HERE / "_sync" / source.name
        if not target.exists() or target.read_text() != written:
            stale.append(target.name)
            if "--check" not in sys.argv:
                target.write_text(written)
    if stale and "--check" in sys.argv:
        print(f"{', '.join(stale)}: not as _async says; run python tools/write_sync.py", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
