"""Accuracy and speed of the voice: `python benchmarks/assist.py` prints both; needs no network.

Accuracy is counted apart for lines of the corpus that were held out: written before the templates and words.
Time is the real answer, in a running Home Assistant's conversation, of every English line, with 200 documents.
"""

from pathlib import Path
import subprocess
import sys

ROOT = Path(__file__).resolve().parents[1]


def accuracy() -> None:
    """Print the routing accuracy of each language."""
    from tests.assist.corpus import LANGUAGES
    from tests.assist.routing import routed

    print("language  lines  right  held out  right  accuracy held out")
    for code in LANGUAGES:
        known, held = routed(code)
        lines, others = known.right + len(known.wrong), held.right + len(held.wrong)
        print(f"{code:8}  {lines:5}  {known.right:5}  {others:8}  {held.right:5}  {held.share:17.1%}")
        for line, topics in held.wrong:
            print(f"          {' + '.join(line.topics)} <- {line.say!r}: {' + '.join(topics)}")


def speed() -> int:
    """Run the timed corpus inside Home Assistant's test harness, which prints the percentiles."""
    command = [sys.executable, "-m", "pytest", "-q", "-s", "--timeout=600", str(ROOT / "tests/assist/timed_corpus.py")]
    done = subprocess.run(  # noqa: S603 - this file's own command
        command, cwd=ROOT, check=False, capture_output=True, text=True
    )
    print("\n".join(line for line in done.stdout.splitlines() if line.startswith("answers")) or done.stdout[-3000:])
    return done.returncode


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "script/lib")]
    accuracy()
    sys.exit(speed())
