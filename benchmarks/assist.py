"""Accuracy and speed of the voice: `python benchmarks/assist.py` prints both; needs no network.

Accuracy is that of topics, then that of routes: of a new phrase, where each fifth of the examples is understood from the
others, and of lines that were held out, written before the templates and words.
Time is the real answer, in a running Home Assistant's conversation, of every English line, with 200 documents.
"""

from pathlib import Path
import subprocess
import sys

ROOT = Path(__file__).resolve().parents[1]


def accuracy() -> None:
    """Print the routing accuracy of each language."""
    from tests.assist.corpus import LANGUAGES
    from tests.assist.routing import Score, routed, unseen

    def shares(score: Score) -> str:
        return f"{score.count:5}  {score.share:6.1%}  {score.share_routed:6.1%}"

    print("language  lines   topic   route  held out   topic   route")
    new = unseen()
    for code in LANGUAGES:
        known, held_out = routed(code)
        print(f"{code:8}  {shares(new[code])}     {shares(held_out)}")
        for line, topics in (*known.wrong, *held_out.wrong):
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
