"""Names that others chose, made fit to be shown: in issues, texts and logs."""

from typing import Final

_LONGEST: Final = 80
# What Markdown and HTML, which repairs are shown as, would take for more than letters.
_MEANS_MORE: Final = str.maketrans(dict.fromkeys("<>[]`*|\\", " ") | {"{": "(", "}": ")"})


def printable(name: str, longest: int = _LONGEST) -> str:
    """Return a name without what cannot be printed or means more than itself, cut where it is too long."""
    plain = "".join(char if char.isprintable() else "\ufffd" for char in name).translate(_MEANS_MORE)
    plain = " ".join(plain.split())
    return plain if len(plain) <= longest else plain[: longest - 1] + "…"
