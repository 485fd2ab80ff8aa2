#!/usr/bin/env python3
"""Explores a page in headless Chromium, through ChromeDriver's WebDriver protocol.

    browser.py PAGE.html CHECKS.json SCREENSHOT_FOLDER

CHECKS is a list of {layer, head, patch (null: the head's input), values, tolerance}: the page
must show these values. On a failure, prints a line to standard error and exits with status 1.
Needs only Python's standard library.
"""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "support"))
from webdriver import DOWN, ENTER, ESCAPE, LEFT, RIGHT, UP, Browser, expect


class Explorer:
    """The page, used as a person would."""

    def __init__(self, browser):
        self.browser = browser
        self.data = browser.run(
            "return JSON.parse(document.getElementById('data').textContent)")
        self.has_attention = self.data["first_layer"] < self.data["layers"]
        self.first_view = self.state()["view"]
        self.rows, self.columns = self.data["grid"]["rows"], self.data["grid"]["columns"]

    def shown(self):
        return self.browser.run("return saccade.shownMap()")

    def state(self):
        return self.browser.run("return saccade.state()")

    def text(self, id):
        return self.browser.run("return document.getElementById(arguments[0]).textContent", id)

    def select(self, id, value):
        self.browser.click(f"#{id} option[value='{value}']")

    def slide(self, id, value):
        """Moves a slider by its arrow keys."""
        now = int(self.browser.run("return document.getElementById(arguments[0]).value", id))
        step = int(self.browser.run("return document.getElementById(arguments[0]).step", id))
        steps = (value - now) // step
        if steps:
            self.browser.press(f"#{id}", (RIGHT if steps > 0 else LEFT) * abs(steps))

    def place(self, patch):
        """The middle of a patch in the viewport, from the photo's place in it."""
        left, top, width, height = self.browser.run(
            "document.getElementById('stage').scrollIntoView({block: 'center'});"
            "const b = document.getElementById('photo').getBoundingClientRect();"
            "return [b.left, b.top, b.width, b.height]")
        x, y, across, down = self.data["covered"]
        row, column = divmod(patch, self.columns)
        return (left + width * (x + across * (column + 0.5) / self.columns),
                top + height * (y + down * (row + 0.5) / self.rows))

    def hover(self, patch):
        self.browser.pointer(*self.place(patch))

    def leave(self):
        self.browser.pointer(1, 1)


def expect_near(shown, wanted, tolerance, what):
    expect(len(shown) == len(wanted), f"{what}: {len(shown)} values, not {len(wanted)}")
    worst = max(abs(a - b) for a, b in zip(shown, wanted))
    expect(worst <= tolerance, f"{what}: off by {worst}, allowed {tolerance}")


def check_engine_values(explorer, checks):
    explorer.select("view", "patch")
    for check in checks:
        explorer.slide("layer", check["layer"])
        explorer.select("head", check["head"])
        if check["patch"] is None:
            explorer.leave()
            explorer.select("view", "head")
        else:
            explorer.hover(check["patch"])
        what = f"layer {check['layer']}, head {check['head']}, patch {check['patch']}"
        state = explorer.state()
        expect(state["layer"] == check["layer"] and str(state["head"]) == check["head"],
               f"{what}: the controls say {state}")
        expect_near(explorer.shown(), check["values"], check["tolerance"], what)
        explorer.select("view", "patch")


def check_pointing(explorer):
    browser, prefix = explorer.browser, len(explorer.data["prefix"])
    explorer.hover(1)
    first = explorer.shown()
    expect("atch 0,1" in explorer.text("shown"), "the patch under the mouse is not named")
    explorer.hover(explorer.columns + 2)
    second = explorer.shown()
    expect(first != second, "hovering another patch changes nothing")
    browser.pointer(*explorer.place(1), click=True)
    expect(explorer.state()["pinned"] == 1 + prefix, "a click does not pin")
    explorer.hover(explorer.columns + 2)
    expect(explorer.shown() == first, "a pinned patch does not stay")
    browser.pointer(*explorer.place(1), click=True)
    expect(explorer.state()["pinned"] is None, "a second click does not release the patch")
    explorer.leave()
    expect(explorer.state()["query"] is None, "a patch stays chosen after leaving the photo")


def check_touch(explorer):
    x, y = explorer.place(3)
    explorer.browser.request("POST", "/actions", {"actions": [{
        "type": "pointer", "id": "finger", "parameters": {"pointerType": "touch"}, "actions": [
            {"type": "pointerMove", "duration": 0, "x": round(x), "y": round(y)},
            {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]}]})
    query = explorer.state()["query"]
    expect(query == 3 + len(explorer.data["prefix"]), "a tap does not choose a patch")
    explorer.browser.press("#stage", ESCAPE)
    expect(explorer.state()["pinned"] is None, "Escape does not release the patch")


def check_keys(explorer):
    browser, prefix, columns = explorer.browser, len(explorer.data["prefix"]), explorer.columns
    centre = explorer.rows // 2 * columns + columns // 2
    # Reach the photo by keyboard, so that :focus-visible matches.
    browser.run("document.activeElement.blur(); document.getElementById('stage').focus()")
    browser.press("#stage", LEFT + UP)
    at = explorer.state()["query"]
    expect(at == centre - columns - 1 + prefix, f"arrow keys lead to token {at}")
    browser.press("#stage", ENTER + RIGHT + DOWN)
    expect(explorer.state()["query"] == at, "Enter does not pin")
    browser.press("#stage", ESCAPE)
    expect(explorer.state()["query"] == centre + prefix, "Escape does not let go")
    browser.wait("setTimeout(arguments[0], 400)")  # the page announces where the pointer stops
    row, column = divmod(centre, columns)
    spoken = explorer.text("live")
    expect(f"atch {row},{column}" in spoken and "Looks most at patch" in spoken,
           f"the live region says: {spoken}")
    browser.run("document.activeElement.blur()")


def check_prefix_tokens(explorer):
    for token, name in enumerate(explorer.data["prefix"]):
        explorer.browser.click(f"#prefix button:nth-of-type({token + 1})")
        expect(explorer.state()["query"] == token, f"no row of {name}")
        explorer.browser.click(f"#prefix button:nth-of-type({token + 1})")
        expect(explorer.state()["query"] is None, f"{name} stays pinned")


def check_absence(explorer):
    views = explorer.browser.run(
        "return Array.from(document.getElementById('view').options, option => option.value)")
    expect(views == [str(i) for i in range(len(explorer.data["methods"]))], f"views: {views}")
    expect(explorer.browser.run("return document.getElementById('attention-controls').hidden"),
           "controls of what is not there")


def check_methods(explorer):
    """The maps of methods are stored without loss and must match exactly."""
    for number, method in enumerate(explorer.data["methods"]):
        explorer.select("view", number)
        for index, encoded in enumerate(method["maps"]):
            if method["class_specific"]:
                explorer.browser.click(f"#predictions input[value='{index}']")
                label = explorer.data["predictions"][index]["label"]
                expect(label in explorer.text("shown"), f"{label} is not named")
            wanted = explorer.browser.run(
                "return Array.from(new Float32Array(Uint8Array.from(atob(arguments[0]), "
                "c => c.charCodeAt(0)).buffer))", encoded)
            expect_near(explorer.shown(), wanted, 0, f"{method['name']}, class {index}")
    explorer.select("view", explorer.first_view)


def check_pixels(explorer):
    """Colour maps, opacity and grid must change the picture."""
    pixels = ("const o = document.getElementById('overlay'); const done = arguments[0];"
              "requestAnimationFrame(() => requestAnimationFrame(() => done(o.toDataURL())))")

    def take():
        return explorer.browser.wait(pixels)

    pictures = [take()]
    explorer.select("colours", 2)
    pictures.append(take())
    explorer.slide("opacity", 80)
    pictures.append(take())
    explorer.browser.click("#lines")
    pictures.append(take())
    expect(len(set(pictures)) == len(pictures), "an appearance control changes nothing")
    explorer.browser.click("#lines")
    explorer.slide("opacity", 60)
    explorer.select("colours", 0)
    expect(take() == pictures[0], "the appearance is not restored")


def check_alignment(explorer):
    """The hottest patch must be painted at its place on the photo."""
    explorer.select("view", 0)
    explorer.slide("opacity", 100)
    explorer.browser.click("#lines")
    values = explorer.shown()
    hottest = values.index(max(values))
    x, y = explorer.place(hottest)
    explorer.leave()
    level = explorer.browser.request("POST", "/execute/async", {"args": [x, y], "script": """
        const [x, y, done] = arguments;
        requestAnimationFrame(() => requestAnimationFrame(() => {
          const overlay = document.getElementById('overlay');
          const box = overlay.getBoundingClientRect();
          const density = overlay.width / box.width;
          const pixel = overlay.getContext('2d').getImageData(
              (x - box.left) * density, (y - box.top) * density, 1, 1).data;
          const data = JSON.parse(document.getElementById('data').textContent);
          const colours = Uint8Array.from(atob(data.colour_maps[data.colour_map].rgb), c => c.charCodeAt(0));
          const far = level => [0, 1, 2].reduce(
              (sum, i) => sum + Math.abs(colours[3 * level + i] - pixel[i]), 0);
          done([...Array(256).keys()].reduce((a, b) => far(b) < far(a) ? b : a));
        }))"""})
    # The peak is a cusp, so pixels beside its centre are a little lower.
    expect(level >= 240, f"patch {hottest}, the hottest, has colour {level} of 255 in its middle")
    explorer.browser.click("#lines")
    explorer.slide("opacity", 60)
    explorer.select("view", explorer.first_view)


def check_texts(explorer):
    data = explorer.data
    expect(explorer.browser.run("return document.title") == data["file"] + " · Saccade",
           "the title is not the file's name")
    rows = explorer.browser.run(
        "return Array.from(document.querySelectorAll('#predictions tbody tr'), r => r.innerText)")
    for row, prediction in zip(rows, data["predictions"], strict=True):
        expect(prediction["label"] in row, f"{prediction['label']} is not in {row}")
    missing = explorer.text("missing")
    expect(bool(missing) == (data["first_layer"] > 0), f"missing layers: {missing}")


def photograph(explorer, folder):
    browser = explorer.browser
    for scheme in ("light", "dark"):
        browser.devtools("Emulation.setEmulatedMedia",
                         features=[{"name": "prefers-color-scheme", "value": scheme}])
        browser.devtools("Emulation.clearDeviceMetricsOverride")
        explorer.hover(explorer.columns * (explorer.rows // 2) + explorer.columns // 2)
        browser.screenshot(folder / f"{scheme}.png")
        explorer.select("view", 0)
        browser.screenshot(folder / f"{scheme}-method.png")
        explorer.select("view", explorer.first_view)
        browser.devtools("Emulation.setDeviceMetricsOverride", width=390, height=1500,
                         deviceScaleFactor=2, mobile=True)
        wide = browser.run("return document.documentElement.scrollWidth")
        expect(wide <= 390, f"the page is {wide} wide on a phone of 390")
        browser.screenshot(folder / f"{scheme}-phone.png")
    browser.devtools("Emulation.clearDeviceMetricsOverride")


def main(page, checks, folder):
    with Browser() as browser:
        browser.open(page)
        explorer = Explorer(browser)
        check_texts(explorer)
        if explorer.has_attention:
            check_engine_values(explorer, json.loads(pathlib.Path(checks).read_text()))
            check_pointing(explorer)
            check_touch(explorer)
            check_keys(explorer)
            check_prefix_tokens(explorer)
        else:
            check_absence(explorer)
        check_methods(explorer)
        check_pixels(explorer)
        check_alignment(explorer)
        photograph(explorer, pathlib.Path(folder))
        complaints = browser.complaints()
        expect(not complaints, f"the console says: {complaints}")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (AssertionError, RuntimeError) as error:
        sys.exit(f"browser.py: {error}")
