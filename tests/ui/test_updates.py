"""A newer version is looked for on the user's word alone, where this copy was told to look."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from PySide6.QtWidgets import QMessageBox

from core.base import updates


@pytest.fixture
def announce(monkeypatch, tmp_path):
    """Puts an address beside this copy that says what is given; returns what was asked there."""
    asked, servers = [], []

    def begin(said):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append((self.path, self.headers))
                data = said if isinstance(said, bytes) else json.dumps(said).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_words):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        (tmp_path / "address.txt").write_text(f"http://127.0.0.1:{server.server_port}/newest.json\n")
        return asked

    monkeypatch.setattr(updates, "_ADDRESS", tmp_path / "address.txt")
    monkeypatch.setattr(updates, "program_version", lambda: "0.2.0")
    yield begin
    for server in servers:
        server.shutdown()
        server.server_close()


def question(window):
    window.actions["help.update"].trigger()
    return next((each for each in window.findChildren(QMessageBox) if each.isVisible()), None)


def press(box, word):
    next(button for button in box.buttons() if word in button.text()).click()


def test_nothing_is_asked_without_the_users_word(window, announce, qtbot):
    asked = announce({"version": "0.3.0", "page": "https://example.org/unisync"})
    box = question(window)
    assert "127.0.0.1" in box.text()
    press(box, "Cancel")
    qtbot.wait(50)
    assert asked == []
    press(question(window), "Ask")
    qtbot.waitUntil(lambda: any("Version 0.3.0 is there" in text for text in window.stack.texts), timeout=60_000)
    ((path, headers),) = asked
    assert path == "/newest.json"
    assert headers["User-Agent"] == "UniSync-Studio"
    assert "Cookie" not in headers
    assert window.stack._cards[-1].message.action[0] == "Open its page"


def test_the_newest_is_called_the_newest(window, announce, qtbot):
    announce({"version": "0.2.0"})
    press(question(window), "Ask")
    qtbot.waitUntil(lambda: any("You have the newest version" in text for text in window.stack.texts), timeout=60_000)


def test_an_answer_that_says_something_else_is_told_in_a_sentence(window, announce, qtbot):
    page = {"version": "0.3.0", "page": "file:///etc/passwd"}
    told = []
    window.messages.posted.connect(lambda message: told.append(message.text))
    for number, said in enumerate((b"<html>", {"newest": "1"}, {"version": "soon"}, page, [1]), start=1):
        announce(said)
        press(question(window), "Ask")
        qtbot.waitUntil(lambda number=number: len(told) == number, timeout=60_000)
        assert "does not say which version" in told[-1]


def test_an_address_that_does_not_answer_or_is_none_is_told(window, announce, qtbot, tmp_path):
    (tmp_path / "address.txt").write_text("http://127.0.0.1:9/newest.json")
    press(question(window), "Ask")
    qtbot.waitUntil(lambda: any("did not answer" in text for text in window.stack.texts), timeout=60_000)
    (tmp_path / "address.txt").write_text("file:///etc/passwd")
    press(question(window), "Ask")
    qtbot.waitUntil(lambda: any("no address of the web" in text for text in window.stack.texts), timeout=60_000)


def test_a_copy_without_an_address_says_so_and_asks_nobody(window, announce):
    assert question(window) is None
    assert any("This is version" in text for text in window.stack.texts)
