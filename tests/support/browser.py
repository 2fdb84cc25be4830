"""A real browser without a window, driven over its DevTools protocol: what a page does in it, asks for, and looks like."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from websockets.sync.client import ClientConnection, connect

__all__ = ["Browser", "Page", "found_browser", "launched"]

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
STARTS_WITHIN_S = 40.0
ANSWERS_WITHIN_S = 30.0

SWITCHES = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--hide-scrollbars",
    "--remote-debugging-port=0", "--remote-debugging-address=127.0.0.1",
)  # fmt: skip


def found_browser() -> str | None:
    return next((found for name in NAMES if (found := shutil.which(name))), None)


class Page:
    """A page that was opened. `asked_for` is every address that it asked for, `complaints` what stands in its console."""

    def __init__(self, wire: ClientConnection) -> None:
        self.asked_for: list[str] = []
        self.complaints: list[str] = []
        self._wire = wire
        self._number = 0
        self._loaded = False

    def does(self, javascript: str) -> Any:
        """The value of an expression in the page; promises are waited for.

        Raises:
            AssertionError: If it throws.
        """
        told = self.command("Runtime.evaluate", expression=javascript, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in told, told["exceptionDetails"]
        return told["result"].get("value")

    def press(self, key: str, code: int) -> None:
        """Press a key; `code` is its Windows virtual key code, which the protocol asks for."""
        for kind in ("rawKeyDown", "keyUp"):
            self.command("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code)

    def screenshot(self, path: Path, *, whole: bool = False) -> None:
        told = self.command("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(told["data"]))

    def open(self, path: Path) -> float:
        """Open a file; how long it took until it was loaded, in seconds."""
        self._loaded = False
        began_s = time.monotonic()
        self.command("Page.navigate", url=path.as_uri())
        while not self._loaded:
            self._take(self._wire.recv(timeout=ANSWERS_WITHIN_S))
        return time.monotonic() - began_s

    def command(self, method: str, **parameters: Any) -> Mapping[str, Any]:
        self._number += 1
        self._wire.send(json.dumps({"id": self._number, "method": method, "params": parameters}))
        while True:
            told = self._take(self._wire.recv(timeout=ANSWERS_WITHIN_S))
            if told.get("id") == self._number:
                assert "error" not in told, f"{method}: {told['error']}"
                result: Mapping[str, Any] = told["result"]
                return result

    def _take(self, message: str | bytes) -> Mapping[str, Any]:
        told: Mapping[str, Any] = json.loads(message)
        details = told.get("params", {})
        match told.get("method"):
            case "Network.requestWillBeSent":
                self.asked_for.append(details["request"]["url"])
            case "Runtime.exceptionThrown":
                self.complaints.append(str(details["exceptionDetails"]))
            case "Runtime.consoleAPICalled":
                self.complaints.append(str(details["args"]))
            case "Log.entryAdded":
                self.complaints.append(details["entry"]["text"])
            case "Page.loadEventFired":
                self._loaded = True
        return told


class Browser:
    """A browser that runs; every page is a tab of its own, with nothing left of the one before."""

    def __init__(self, control: httpx.Client) -> None:
        self._control = control

    @contextmanager
    def page(
        self, path: Path, *, width: int = 1360, height: int = 900, dark: bool = False, script: bool = True
    ) -> Iterator[Page]:
        """The file, opened in a window of this size."""
        tab = self._control.put("/json/new").json()
        try:
            with connect(tab["webSocketDebuggerUrl"], max_size=None, compression=None, proxy=None) as wire:
                page = Page(wire)
                for domain in ("Page", "Runtime", "Network", "Log"):
                    page.command(f"{domain}.enable")
                page.command(
                    "Emulation.setDeviceMetricsOverride",
                    width=width, height=height, deviceScaleFactor=1, mobile=width < 500,
                )  # fmt: skip
                scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
                page.command("Emulation.setEmulatedMedia", features=[scheme])
                page.command("Emulation.setScriptExecutionDisabled", value=not script)
                page.open(path)
                yield page
        finally:
            self._control.get(f"/json/close/{tab['id']}")


@contextmanager
def launched(program: str) -> Iterator[Browser]:
    """A browser with a profile of its own, which ends with the block."""
    with tempfile.TemporaryDirectory(prefix="deadair-browser-", ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            [program, *SWITCHES, f"--user-data-dir={profile}", "about:blank"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            address = f"http://127.0.0.1:{_port(Path(profile), process)}"
            # One for all its pages: every httpx client reads the certificates of all authorities, over HTTP too.
            with httpx.Client(base_url=address, timeout=ANSWERS_WITHIN_S, trust_env=False) as control:
                yield Browser(control)
        finally:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _port(profile: Path, process: subprocess.Popen[bytes]) -> int:
    """The port that the browser chose: it writes it down once it listens."""
    until_s = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < until_s:
        assert process.poll() is None, f"the browser ended with {process.returncode} before it listened"
        told = profile / "DevToolsActivePort"
        if told.is_file() and (lines := told.read_text(encoding="ascii").split()):
            return int(lines[0])
        time.sleep(0.05)
    raise AssertionError(f"the browser did not listen within {STARTS_WITHIN_S:g} s")
