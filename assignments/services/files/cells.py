"""Several pieces in one cell: the pieces that are joined here are those that splitting the cell gives again.

A piece that would be read differently stands in double quotes, with each quote inside it doubled, as in a CSV file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

LIST = "; "
WITHIN = ", "
FIELDS = "|"
_QUOTED = r'"((?:[^"]|"")*)"'


def join(pieces: Iterable[str], separator: str = LIST) -> str:
    return separator.join(_quoted(piece) if _is_ambiguous(piece, separator) else piece for piece in pieces)


def split(text: str, separator: str = LIST) -> list[str]:
    """The pieces between the separators, without blanks at their ends; empty ones are left out unless quoted."""
    return [piece for piece, is_quoted in _pieces(text, separator) if piece or is_quoted]


def join_fields(pieces: Iterable[str], separator: str = FIELDS) -> str:
    """Pieces of which the position gives the meaning: an empty one leaves its place empty."""
    return separator.join(_quoted(piece) if piece and _is_ambiguous(piece, separator) else piece for piece in pieces)


def split_fields(text: str, separator: str = FIELDS) -> list[str]:
    """All pieces, the empty ones too."""
    return [piece for piece, _ in _pieces(text, separator)]


def join_codes(codes: Iterable[str], separator: str = LIST) -> str:
    """Codes that `split_codes` reads as they are, capitals or not."""
    return separator.join(
        _quoted(code) if code != code.upper() or _is_ambiguous(code, separator) else code for code in codes
    )


def split_codes(text: str, separator: str = LIST) -> list[str]:
    """Codes in capitals, except for those in quotes."""
    pieces = _pieces(text, separator)
    return [piece if is_quoted else piece.upper() for piece, is_quoted in pieces if piece or is_quoted]


def _pieces(text: str, separator: str) -> list[tuple[str, bool]]:
    """Each piece, and whether it stands in quotes."""
    mark = re.escape(separator.strip())
    pattern = re.compile(rf"\s*(?:{_QUOTED}\s*(?={mark}|\Z)|([^{mark}]*))")
    found, position = [], 0
    # Past the end once no separator follows the piece.
    while position <= len(text) and (match := pattern.match(text, position)):
        quoted, plain = match.groups()
        found.append((plain.strip(), False) if quoted is None else (quoted.replace('""', '"'), True))
        position = match.end() + 1
    return found


def _quoted(piece: str) -> str:
    return '"' + piece.replace('"', '""') + '"'


def _is_ambiguous(piece: str, separator: str) -> bool:
    return separator.strip() in piece or piece[:1] in ("", '"') or piece != piece.strip()
