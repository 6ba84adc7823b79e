"""Learns what the assistant's example lines teach, and keeps it where the integration reads it."""

import pure  # noqa: F401  # makes the assistant's pure files importable without Home Assistant

from custom_components.energy_orchestrator.assist import learned
from custom_components.energy_orchestrator.assist.language import LANGUAGES, examples_of


def main() -> None:
    """Write the file, and say what is in it."""
    found = learned.learn({code: examples_of(code) for code in LANGUAGES})
    learned.keep(found)
    size = learned.KEPT.stat().st_size
    print(f"{len(found.lines)} lines taught {len(found.likeness.features)} features: {size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
