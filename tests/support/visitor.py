"""A visitor without a browser: Streamlit's own protocol, over a connection to a real server."""

from __future__ import annotations

import contextlib
import http.client
import json
import urllib.parse
import uuid
from dataclasses import dataclass, field
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Common_pb2 import FileURLsRequest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import ClientConnection, connect

TIMEOUT_S = 60


@dataclass
class Answer:
    """What an address answered."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Visitor:
    """One browser tab.

    Parameters
    ----------
    address : str
        Of the server.
    cookies : dict, optional
        Those of a browser that was here before; without them it gets its own.
    resume : str
        The session to take up again.
    """

    address: str
    cookies: dict[str, str] = field(default_factory=dict)
    resume: str = ""
    page: str = ""
    session: str = ""
    query: str = ""
    elements: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.host = urllib.parse.urlsplit(self.address).netloc
        self.opened = contextlib.ExitStack()
        self.widgets: dict[str, WidgetState] = {}
        self.messages: list[bytes] = []
        self.kept: dict[str, ForwardMsg] = {}
        self.fragments: dict[str, str] = {}
        for path in ("/", "/_stcore/health"):
            self.get(path)
        self.connection = self.connect(self.cookies)

    def connect(self, cookies: dict[str, str]) -> ClientConnection:
        """Open the page's connection, until the visitor leaves."""
        opening = connect(
            f"ws://{self.host}/_stcore/stream",
            origin=self.address,
            subprotocols=["streamlit", cookies.get("_streamlit_xsrf", "x"), self.resume or "x"],
            additional_headers={"Cookie": joined(cookies)} if cookies else {},
            max_size=None,
            open_timeout=TIMEOUT_S,
            ping_interval=None,
        )
        return self.opened.enter_context(opening)

    def get(self, path: str, **headers: str) -> Answer:
        return self.request("GET", path, **headers)

    def request(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        connection = http.client.HTTPConnection(self.host, timeout=TIMEOUT_S)
        sent = {"Cookie": joined(self.cookies)} | headers if self.cookies else headers
        try:
            connection.request(method, path, body, sent)
            response = connection.getresponse()
            found = Answer(response.status, dict(response.getheaders()), response.read())
            for line in response.headers.get_all("Set-Cookie") or []:
                name, _, value = line.split(";")[0].partition("=")
                self.cookies[name] = value
            return found
        finally:
            connection.close()

    def run(self, page: str | None = None, **triggers: bool) -> list[Any]:
        """Let the page run; gives the elements that it drew."""
        message = BackMsg()
        state = message.rerun_script
        if page is not None:
            self.page, self.query, self.widgets = page, "", {}
        state.page_name, state.query_string = self.page, self.query
        state.widget_states.widgets.extend(self.widgets.values())
        for widget in triggers:
            state.widget_states.widgets.add(id=widget, trigger_value=True)
        state.cached_message_hashes.extend(self.kept)
        self.connection.send(message.SerializeToString())
        return self.read()

    def tell(self, component: Any, event: str, value: Any) -> list[Any]:
        """Let a component of a fragment set off an event, as its script does."""
        message = BackMsg()
        state = message.rerun_script
        state.page_name, state.fragment_id = self.page, self.fragments[component.id]
        state.widget_states.widgets.extend(self.widgets.values())
        state.widget_states.widgets.add(
            id=f"$$STREAMLIT_INTERNAL_KEY_{component.id}__events",
            json_trigger_value=json.dumps([{"event": event, "value": value}]),
        )
        state.cached_message_hashes.extend(self.kept)
        self.connection.send(message.SerializeToString())
        return self.read()

    def read(self) -> list[Any]:
        """Wait until a run is through."""
        self.elements = []
        while True:
            content = self.connection.recv(timeout=TIMEOUT_S)
            self.messages.append(content)
            message = ForwardMsg.FromString(content)
            # What a browser keeps, it is sent by name only.
            if message.WhichOneof("type") == "ref_hash":
                message = self.kept[message.ref_hash]
            elif message.metadata.cacheable:
                self.kept[message.hash] = message
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self.session = message.new_session.initialize.session_id or self.session
            elif kind == "page_info_changed":
                self.query = message.page_info_changed.query_string
            elif kind == "delta" and message.delta.HasField("new_element"):
                self.elements.append(message.delta.new_element)
                if message.delta.fragment_id and kind_of(self.elements[-1]) == "bidi_component":
                    known = self.elements[-1].bidi_component.id
                    self.fragments[known] = message.delta.fragment_id
            elif kind == "script_finished":
                # What was taken from a widget makes the page run once more.
                if message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                    return self.elements
                self.elements = []

    def find(self, kind: str) -> list[Any]:
        """The elements of a kind that the last run drew."""
        return [getattr(e, kind) for e in self.elements if kind_of(e) == kind]

    def says(self) -> str:
        """All text of the last run."""
        parts = [m.body for m in (*self.find("markdown"), *self.find("alert"))]
        return "\n".join([*parts, *(h.body for h in self.find("heading"))])

    def put(self, content: bytes, name: str = "a.wav") -> tuple[str, Answer]:
        """Send the bytes of an upload; gives its id."""
        message = BackMsg()
        request: FileURLsRequest = message.file_urls_request
        request.request_id = uuid.uuid4().hex
        request.file_names.append(name)
        request.session_id = self.session
        self.connection.send(message.SerializeToString())
        while True:
            found = ForwardMsg.FromString(self.connection.recv(timeout=TIMEOUT_S))
            if found.WhichOneof("type") == "file_urls_response":
                (urls,) = found.file_urls_response.file_urls
                break
        kind, body = form(content, name)
        self.urls = urls
        return urls.file_id, self.request("PUT", urls.upload_url, body, **kind, **self.token())

    def token(self) -> dict[str, str]:
        return {"X-Xsrftoken": self.cookies.get("_streamlit_xsrf", "")}

    def choose(self, *ids: str, names: tuple[str, ...] = ("a.wav",)) -> list[Any]:
        """Put uploads into the page's uploader, as its widget does."""
        (uploader,) = self.find("file_uploader")
        state = WidgetState(id=uploader.id)
        for number, file_id in enumerate(ids):
            info = state.file_uploader_state_value.uploaded_file_info.add()
            info.file_id, info.name = file_id, names[min(number, len(names) - 1)]
            info.file_urls.CopyFrom(self.urls)
            info.file_urls.file_id = file_id
        self.widgets[uploader.id] = state
        return self.run()

    def click(self, label: str) -> list[Any]:
        (button,) = [button for button in self.find("button") if button.label.endswith(label)]
        return self.run(**{button.id: True})

    def sound(self) -> str:
        """The address of the player's sound."""
        return self.find("audio")[-1].url

    def close(self) -> None:
        self.opened.close()


def kind_of(element: Any) -> str:
    """What an element is."""
    return str(element.WhichOneof("type"))


def joined(cookies: dict[str, str]) -> str:
    """Cookies as a header holds them."""
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


def form(content: bytes, name: str) -> tuple[dict[str, str], bytes]:
    """A file as browsers send it."""
    boundary = uuid.uuid4().hex
    head = (
        f"--{boundary}\r\nContent-Disposition: form-data; name={json.dumps(name)}; "
        f"filename={json.dumps(name)}\r\nContent-Type: audio/wav\r\n\r\n"
    )
    body = head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
    return {"Content-Type": f"multipart/form-data; boundary={boundary}"}, body
