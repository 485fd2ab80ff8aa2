"""Controls a headless Chromium through ChromeDriver's WebDriver protocol, for tests of pages.

Needs only Python's standard library.
"""

import base64
import json
import pathlib
import re
import shutil
import subprocess
import urllib.error
import urllib.request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # key of an element in WebDriver's JSON


class Browser:
    """A session with a browser that ends with the `with` block."""

    def __enter__(self):
        # ChromeDriver is local: never use a proxy.
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        self.driver = subprocess.Popen([shutil.which("chromedriver"), "--port=0"],
                                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.session = None
        try:
            self.root = f"http://127.0.0.1:{self.port()}/session"
            self.session = self.request("POST", "", {"capabilities": {"alwaysMatch": {
                "goog:chromeOptions": {"binary": shutil.which("chromium"), "args": [
                    "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu",
                    "--hide-scrollbars", "--window-size=1280,900"]},
                "goog:loggingPrefs": {"browser": "ALL"}}}})["sessionId"]
            self.root += "/" + self.session
            return self
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *ignored):
        if self.session:
            self.request("DELETE", "")
        self.driver.terminate()
        self.driver.wait()

    def port(self):
        for line in self.driver.stdout:
            started = re.search(r"started successfully on port (\d+)", line)
            if started:
                return started[1]
        raise RuntimeError("chromedriver does not start")

    def request(self, method, path, body=None):
        request = urllib.request.Request(
            self.root + path, method=method, headers={"Content-Type": "application/json"},
            data=None if body is None else json.dumps(body).encode())
        try:
            with self.opener.open(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{path}: {error.read().decode()}") from error

    def open(self, page):
        self.request("POST", "/url", {"url": pathlib.Path(page).resolve().as_uri()})

    def run(self, script, *arguments):
        return self.request("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def element(self, selector):
        found = self.request("POST", "/element", {"using": "css selector", "value": selector})
        return found[ELEMENT]

    def click(self, selector):
        self.request("POST", f"/element/{self.element(selector)}/click", {})

    def press(self, selector, keys):
        self.request("POST", f"/element/{self.element(selector)}/value", {"text": keys})

    def pointer(self, x, y, click=False):
        """Moves the mouse to a place in the viewport."""
        actions = [{"type": "pointerMove", "duration": 0, "x": round(x), "y": round(y)}]
        if click:
            actions += [{"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]
        self.request("POST", "/actions", {"actions": [{
            "type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"},
            "actions": actions}]})

    def devtools(self, command, **parameters):
        self.request("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def complaints(self):
        return self.request("POST", "/se/log", {"type": "browser"})

    def wait(self, script):
        """Runs a script that calls its last argument with the result; returns the result."""
        return self.request("POST", "/execute/async", {"args": [], "script": script})

    def screenshot(self, file):
        # Wait two frames, so that the last change is painted.
        self.wait("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")
        file.write_bytes(base64.b64decode(self.request("GET", "/screenshot")))


UP, DOWN, LEFT, RIGHT, ENTER, ESCAPE = "\ue013", "\ue015", "\ue012", "\ue014", "\ue007", "\ue00c"


def expect(condition, complaint):
    if not condition:
        raise AssertionError(complaint)
