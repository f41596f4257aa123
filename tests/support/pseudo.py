"""A language in which every sentence is marked, and what a page shows outside of the marks.

Made at test time from the sources themselves: a sentence that did not go through the catalogue has
no marks, whichever language it is in.
"""

from __future__ import annotations

import gettext
import json
import re
from collections.abc import Iterator
from typing import Any

from google.protobuf.message import Message
from streamlit.testing.v1 import AppTest

from ser_core import language

OPEN, CLOSE = "⟦", "⟧"

# Of a message to the browser, what nobody reads: names of things, addresses, styles and code.
_UNREAD = re.compile(
    r"(^|_)(id|ids|key|keys|hash|url|page|icon|type|tag|language|format|style|config|path|name|theme"
    r"|code_text|css_content|js_content|columns|template|mode|params|default|color|data|content_type"
    r"|layout|anchor|component_name|protocol)$"
)
_TAGS = re.compile(r"<(style|script)\b.*?</\1>|<[^>]+>", re.DOTALL)
_MARKDOWN = re.compile(
    r":material/\w+:|`[^`]*`|\]\([^)]*\)|https?://\S+|%\{[^}]*\}|\b[a-z]+-[a-zA-Z]*\d+\b"
)
_IN_FIGURES = ("text", "name", "hovertemplate", "ticktext", "x", "y", "labels", "title")


class Pseudo(gettext.NullTranslations):
    """Marks what it is asked for."""

    def gettext(self, message: str) -> str:
        return f"{OPEN}{message}{CLOSE}"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)

    def pgettext(self, context: str, message: str) -> str:
        return self.gettext(message)


def speak(monkeypatch: Any) -> None:
    """Let every page that is opened in German speak it."""
    pseudo = Pseudo()
    monkeypatch.setattr(language, "catalogue", lambda _code: pseudo)


def unmarked(app: AppTest, names: frozenset[str]) -> set[str]:
    """What a page shows outside of the marks, but for names and numbers."""
    found = set()
    for text in shown(app):
        plain = _MARKDOWN.sub(" ", _TAGS.sub(" ", text))
        while (less := re.sub(r"⟦[^⟦⟧]*⟧", " ", plain)) != plain:
            plain = less
        words = re.findall(r"[^\W\d_][\w'’.-]*", plain)
        if any(len(word) > 1 and word.strip(".'’") not in names for word in words):
            found.add(text)
    return found


def shown(app: AppTest) -> Iterator[str]:
    """All texts of a page, tooltips, descriptions and charts among them."""
    for part in (app.main, app.sidebar):
        for element in _elements(part):
            yield from _texts(element.proto)


def _elements(block: Any) -> Iterator[Any]:
    for child in block.children.values():
        if hasattr(child, "children"):
            if getattr(child, "proto", None) is not None:
                yield child
            yield from _elements(child)
        else:
            yield child


def _texts(message: Any) -> Iterator[str]:
    if not isinstance(message, Message):
        return
    for field, value in message.ListFields():
        if _UNREAD.search(field.name):
            continue
        values = value if field.is_repeated else [value]
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            continue
        for each in values:
            if isinstance(each, Message):
                yield from _texts(each)
            elif isinstance(each, str):
                yield from _json(each) if field.name in ("spec", "json") else [each]


def _json(text: str) -> Iterator[str]:
    try:
        yield from _figure(json.loads(text))
    except ValueError:
        yield text


def _figure(part: Any, key: str = "") -> Iterator[str]:
    if isinstance(part, dict):
        for name, value in part.items():
            if name != "template":
                yield from _figure(value, name)
    elif isinstance(part, list):
        for value in part:
            yield from _figure(value, key)
    elif isinstance(part, str) and key in _IN_FIGURES:
        yield part
