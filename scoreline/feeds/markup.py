"""Read foreign XML with checks: no document types, so no entities, neither external nor multiplied ones.

expat is asked directly, since it alone tells of a document type before anything in it is expanded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from scoreline.feeds.adapter import Malformed
from scoreline.feeds.document import MAX_DOCUMENT_BYTES, MAX_NESTING, Place, Unfit

#: A whole match of Opta has some 30,000 elements, most of them qualifiers.
MAX_ELEMENTS = 200_000
_MAX_TEXT_CHARS = 1_000


@dataclass(slots=True)
class Element:
    """An element; its attributes are a place like any other."""

    tag: str
    attributes: Place
    children: list[Element] = field(default_factory=list)
    text: str = ""
    """What stands in it, without white space around, at most a thousand characters."""

    def named(self, tag: str) -> Iterator[Element]:
        """Yield the children of that name."""
        return (child for child in self.children if child.tag == tag)

    def first(self, tag: str) -> Element | None:
        """Return the first child of that name."""
        return next(self.named(tag), None)

    def anywhere(self, tag: str) -> Element | None:
        """Return the first element of that name inside, at any depth."""
        for child in self.children:
            found = child if child.tag == tag else child.anywhere(tag)
            if found is not None:
                return found
        return None

    def get(self, name: str, *, max_chars: int = 200) -> str:
        """Return an attribute, empty when it is absent."""
        found = self.attributes.maybe(name)
        return found.text(max_chars=max_chars).strip() if found else ""


def read_markup(document: bytes) -> Element:
    """Return the root of an XML document, or raise `Unfit`."""
    if len(document) > MAX_DOCUMENT_BYTES:
        raise Unfit(Malformed("", f"the document is larger than {MAX_DOCUMENT_BYTES} bytes"))
    reader = _Reader()
    try:
        reader.parser.Parse(document, True)
    except expat.ExpatError as error:
        raise Unfit(Malformed(f"line {error.lineno}", f"not XML: {expat.ErrorString(error.code)}")) from None
    except (ValueError, LookupError):
        raise Unfit(Malformed("", "not XML: its encoding is not known")) from None
    return reader.top.children[0]


class _Reader:
    """Builds the tree while expat reads."""

    def __init__(self) -> None:
        self.top = Element("", Place({}))
        self._open = [self.top]
        self._elements = 0
        self.parser = expat.ParserCreate(namespace_separator=None)
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.EntityDeclHandler = self._refuse
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters

    def _refuse(self, *_told: object) -> None:
        raise Unfit(Malformed(self._line(), "a document type is not allowed: it could define entities"))

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if self._elements > MAX_ELEMENTS:
            raise Unfit(Malformed("", f"the document has more than {MAX_ELEMENTS} elements"))
        if len(self._open) > MAX_NESTING:
            raise Unfit(Malformed("", f"the document is nested deeper than {MAX_NESTING} levels"))
        name = tag.rpartition(":")[2]
        element = Element(name, Place(attributes, f"{self._line()} {name[:40]}"))
        self._open[-1].children.append(element)
        self._open.append(element)

    def _end(self, _tag: str) -> None:
        element = self._open.pop()
        element.text = element.text.strip()

    def _characters(self, text: str) -> None:
        element = self._open[-1]
        if len(element.text) < _MAX_TEXT_CHARS:
            element.text = (element.text + text)[:_MAX_TEXT_CHARS]

    def _line(self) -> str:
        return f"line {self.parser.CurrentLineNumber}"
