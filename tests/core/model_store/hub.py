"""A hub on this computer: serves the files of a folder as ``OWNER/NAME/PATH``, in parts too, and can break off."""

import hashlib
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Hub:
    """What it serves, what was asked of it, and after how many bytes it next breaks off."""

    def __init__(self, folder):
        self.folder, self.asked, self.break_after = folder, [], None
        self.address = ""


@contextmanager
def serving(folder):
    """The hub, while the block runs."""
    hub = Hub(folder)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def found(self):
            parts = self.path.lstrip("/").split("/")
            if len(parts) > 4 and parts[2] == "resolve":
                return hub.folder.joinpath(*parts[:2], *parts[4:])
            return hub.folder / self.path.lstrip("/")

        def head(self):
            path = self.found()
            if not path.is_file():
                self.send_response(404)
                self.send_header("X-Error-Code", "EntryNotFound")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return None
            content = path.read_bytes()
            first = 0
            if (asked := self.headers.get("Range")) is not None:
                first = int(asked.removeprefix("bytes=").split("-")[0])
            if first >= len(content) > 0:
                self.send_response(416)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return None
            self.send_response(206 if first else 200)
            self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
            self.send_header("X-Repo-Commit", "0" * 40)
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("Content-Length", str(len(content) - first))
            if first:
                self.send_header("Content-Range", f"bytes {first}-{len(content) - 1}/{len(content)}")
            self.end_headers()
            return content[first:]

        def do_HEAD(self):
            hub.asked.append(("HEAD", self.path, self.headers.get("Range")))
            self.head()

        def do_GET(self):
            hub.asked.append(("GET", self.path, self.headers.get("Range")))
            content = self.head()
            if content is None:
                return
            if hub.break_after is not None and len(content) > hub.break_after:
                content, hub.break_after = content[: hub.break_after], None
                self.wfile.write(content)
                self.close_connection = True
                return
            self.wfile.write(content)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        thread.join(timeout=300)
        server.server_close()
