"""Chromium controlled by its own pipe, for timing: without a listener on its network, because on two cores listening alone takes
a tenth of the time of drawing a page."""

import contextlib
import json
import os
import subprocess
import tempfile
import time

from tests.servers import chromium_program

# Seconds until a new window is idle, and until a page is completely drawn.
SETTLED, DRAWN = 0.3, 1.2
# Time of the largest contentful paint, in milliseconds since the navigation began.
DRAWN_AT = """new Promise((found) => {
    let at = 0;
    new PerformanceObserver((list) => list.getEntries().forEach((entry) => { at = entry.startTime; }))
        .observe({type: "largest-contentful-paint", buffered: true});
    setTimeout(() => found(at), 100);
})"""


class Chromium:
    """A browser that measures the time until a page is drawn; `close()` ends it."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        theirs_in, self._out = os.pipe()
        ours, theirs_out = os.pipe()
        # The browser reads from 3 and writes to 4.
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", f'exec "$0" "$@" 3<&{theirs_in} 4>&{theirs_out}', chromium_program(), *self._arguments()],
            pass_fds=(theirs_in, theirs_out),
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._output = os.fdopen(ours, "rb", buffering=0)
        self._count, self._rest = 0, b""

    def _arguments(self):
        quiet = ("no-sandbox", "disable-gpu", "disable-background-networking", "no-first-run", "remote-debugging-pipe")
        return ["--headless", *(f"--{name}" for name in quiet), f"--user-data-dir={self._folder.name}", "about:blank"]

    def drawn(self, address: str, cookie: str, slower: int = 1) -> float:
        """Return the milliseconds until the largest part of the first view is drawn: a first visit, nothing stored, on 1440 × 900.
        slower: the factor by which the processor is slowed down."""
        context = self._ask("Target.createBrowserContext")["browserContextId"]
        pairs = (pair.partition("=") for pair in cookie.split("; "))
        cookies = [{"name": name, "value": value, "url": address} for name, _, value in pairs]
        self._ask("Storage.setCookies", browserContextId=context, cookies=cookies)
        page = self._ask("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        session = self._ask("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        size = {"width": 1440, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        self._ask("Emulation.setDeviceMetricsOverride", session, **size)
        if slower > 1:
            self._ask("Emulation.setCPUThrottlingRate", session, rate=slower)
        time.sleep(SETTLED)
        self._ask("Page.navigate", session, url=address)
        time.sleep(DRAWN)
        answer = self._ask("Runtime.evaluate", session, expression=DRAWN_AT, awaitPromise=True, returnByValue=True)
        self._ask("Target.disposeBrowserContext", browserContextId=context)
        at = answer["result"].get("value")
        if not at:
            raise SystemExit(f"{address}: không thấy trang được vẽ ({answer})")
        return at

    def _ask(self, method, session=None, **parameters):
        self._count += 1
        message = {"id": self._count, "method": method, "params": parameters}
        os.write(self._out, json.dumps(message | ({"sessionId": session} if session else {})).encode() + b"\0")
        while True:
            while b"\0" not in self._rest:
                self._rest += self._output.read(1 << 16) or self._ended()
            line, _, self._rest = self._rest.partition(b"\0")
            reply = json.loads(line)
            if reply.get("id") == self._count:
                if "error" in reply:
                    raise SystemExit(f"Chromium, {method}: {reply['error']}")
                return reply["result"]

    def _ended(self):
        raise SystemExit("Chromium đã dừng giữa chừng.")

    def close(self) -> None:
        """End the browser."""
        with contextlib.suppress(SystemExit, OSError):
            self._ask("Browser.close")
        self._process.wait(20)
        self._folder.cleanup()
