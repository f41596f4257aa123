"""A server of archives on this machine, which misbehaves as real ones do."""

from __future__ import annotations

import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Server:
    """Serves `files`; the faults are one entry a request, then it behaves."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.faults: dict[str, list[str]] = {}
        self.requests: Counter[str] = Counter()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = self.path.split("?")[0]
                server.requests[path] += 1
                faults = server.faults.get(path, [])
                fault = faults.pop(0) if faults else ""
                data = server.files.get(path)
                if fault == "500" or data is None:
                    self.send_error(500 if fault else 404)
                    return
                if fault == "other content":
                    data = b"<html>Sorry</html>"
                self.send_response(200)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                # A broken transfer: the server announces all and hangs up half-way.
                self.wfile.write(data[: len(data) // 2] if fault == "breaks off" else data)

            def log_message(self, *args: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self.http.shutdown()
        self.http.server_close()
