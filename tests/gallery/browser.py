#!/usr/bin/env python3
"""Uses a run's gallery in headless Chromium.

    browser.py KIND REPORT/index.html SCREENSHOT_FOLDER

KIND names the contents that gallery_browser_test.cpp has made. On a failure, prints a line to
standard error and exits with status 1.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "support"))
from webdriver import DOWN, ENTER, ESCAPE, LEFT, RIGHT, Browser, expect


class Gallery:
    """The page, used as a person would."""

    def __init__(self, browser, page):
        self.browser = browser
        self.page = page
        browser.open(page)
        self.painted = browser.wait("""
            const done = arguments[0];
            (function look() {
              if (saccade.painted !== null) done(saccade.painted);
              else setTimeout(look, 5);
            })()""")

    def shown(self):
        return self.browser.run("return saccade.shown()")

    def state(self):
        return self.browser.run("return saccade.state()")

    def text(self, selector):
        return self.browser.run("return document.querySelector(arguments[0]).innerText", selector)

    def texts(self, selector):
        return self.browser.run(
            "return Array.from(document.querySelectorAll(arguments[0]), e => e.innerText)", selector)

    def search(self, text):
        self.browser.run("const t = document.getElementById('text'); t.value = ''; t.focus()")
        self.browser.press("#text", text)
        self.browser.wait("setTimeout(arguments[0], 300)")  # the search waits for a pause in typing

    def order(self, name):
        self.browser.click(f"#order option[value='{name}']")

    def press(self, keys):
        """Sends keys to the focused element."""
        for key in keys:
            self.browser.request("POST", "/actions", {"actions": [{
                "type": "key", "id": "keys",
                "actions": [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]}]})

    def picture_is_there(self, selector):
        return self.browser.run("""
            const image = document.querySelector(arguments[0]);
            return image !== null && image.complete && image.naturalWidth > 0;""", selector)

    def settle(self):
        self.browser.wait("""
            const done = arguments[0];
            Promise.all(Array.from(document.images, i => i.decode().catch(() => 0)))
                .then(() => requestAnimationFrame(() => requestAnimationFrame(done)))""")


def check_orders(gallery, count):
    expect(len(gallery.shown()) == count, f"{len(gallery.shown())} pictures, not {count}")
    expect(gallery.state()["order"] == "least", "the least certain do not come first")
    least = gallery.shown()
    scores = [float(s.rstrip("%")) for s in gallery.texts("#grid .score")]
    expect(scores == sorted(scores) and scores[0] < 25, f"scores begin with {scores[:5]}")
    gallery.order("most")
    expect(gallery.shown() == least[::-1], "the most certain do not come first")
    gallery.order("file")
    in_order = [f"folder {i // 1000}/picture {i}.jpg" for i in range(count)]
    expect(gallery.shown() == in_order, "the run's order is not kept")
    gallery.order("name")
    expect(gallery.shown() == in_order, "names are not in their natural order")
    gallery.order("least")


def check_filters(gallery, count):
    browser = gallery.browser
    browser.click("#classes button")
    chosen = gallery.state()["class"]
    expect(len(gallery.shown()) == count // 40, f"{len(gallery.shown())} pictures of a class")
    labels = set(gallery.texts("#grid .label"))
    expect(labels == {f"class number {chosen}"}, f"of a class: {labels}")
    browser.click("#bins button:nth-child(10)")  # 45-50%
    scores = [float(s.rstrip("%")) for s in gallery.texts("#grid .score")]
    expect(scores and 44.9 <= min(scores) and max(scores) <= 50.1, f"in a bin: {scores}")
    both = gallery.shown()
    url = browser.run("return location.href")
    browser.click("#clear")
    expect(len(gallery.shown()) == count, "clearing leaves a filter")
    gallery.search("FOLDER 3/picture 31")
    expect(len(gallery.shown()) == 100, f"{len(gallery.shown())} pictures by their names")
    gallery.search("number 17")
    expect(len(gallery.shown()) == count // 40, f"{len(gallery.shown())} pictures by their class")
    browser.press("#text", ESCAPE)
    expect(len(gallery.shown()) == count, "Escape leaves the text")
    browser.run("location.href = arguments[0]", url)
    browser.wait("setTimeout(arguments[0], 100)")
    expect(gallery.shown() == both, "a link does not lead back to its filters")
    browser.click("#clear")
    browser.run("location.hash = 'class=x&bin=99&order=constructor&view=&picture=%'")
    browser.wait("setTimeout(arguments[0], 100)")
    expect(len(gallery.shown()) == count, "a hash that says nothing filters")


def check_scrolling(gallery, count):
    browser = gallery.browser
    expect(browser.run("return saccade.tiles()") < 200, "too many tiles exist")
    browser.run("window.scrollTo(0, document.documentElement.scrollHeight)")
    browser.wait("setTimeout(arguments[0], 200)")
    last = gallery.shown()[-1]
    expect(last in browser.run("return Array.from(document.querySelectorAll('#grid button'), b => b.title)"),
           "the last picture is not at the end")
    expect(browser.run("return saccade.tiles()") < 200, "tiles remain when they are out of sight")
    # Scroll fast and measure the time of each frame.
    worst, mean = browser.wait("""
        const done = arguments[0], times = [];
        window.scrollTo(0, 0);
        let before = performance.now();
        function step(i) {
          window.scrollBy(0, 400);
          requestAnimationFrame(() => {
            const now = performance.now();
            times.push(now - before);
            before = now;
            if (i < 120) step(i + 1);
            else done([Math.max(...times.slice(1)), times.reduce((a, b) => a + b) / times.length]);
          });
        }
        step(0);""")
    print(f"scrolling: {mean:.1f} ms a frame, {worst:.1f} ms the slowest")
    browser.run("window.scrollTo(0, 0)")
    browser.wait("setTimeout(arguments[0], 200)")
    order = browser.run("return Array.from(document.querySelectorAll('#grid button'), b => b.title)")
    expect(order == gallery.shown()[:len(order)], "tiles are out of order after scrolling back")


def check_detail(gallery):
    browser = gallery.browser
    browser.click("#grid button")
    shown = gallery.shown()
    expect(gallery.text("#detail-file") == shown[0], "the detail view names another picture")
    rows = gallery.texts("#predictions tbody tr")
    expect(len(rows) == 5 and all("class number" in row for row in rows), f"top-k: {rows}")
    gallery.settle()
    expect(gallery.picture_is_there("#frame img"), "the detail view shows no picture")
    expect("picture=" in browser.run("return location.hash"), "the hash does not name the picture")
    gallery.press(RIGHT + RIGHT + LEFT)
    expect(gallery.text("#detail-file") == shown[1], "arrow keys do not lead to the next picture")
    gallery.press(ESCAPE)
    expect(not browser.run("return document.getElementById('detail').open"), "Escape does not close")
    focused = "return document.activeElement.title"
    expect(browser.run(focused) == shown[1], "the focus does not return to the grid")
    gallery.press(RIGHT)
    expect(browser.run(focused) == shown[2], "arrow keys do not move in the grid")
    columns = browser.run("""
        const tops = Array.from(document.querySelectorAll('#grid button'), b => b.getBoundingClientRect().top);
        return tops.filter(t => t === tops[0]).length""")
    gallery.press(DOWN)
    expect(browser.run(focused) == shown[2 + columns], "the arrow down does not lead a row down")
    gallery.press(ENTER)
    expect(gallery.text("#detail-file") == shown[2 + columns], "Enter does not open")
    gallery.press(ESCAPE + "/")
    expect(browser.run("return document.activeElement.id") == "text", "/ does not lead to the search")
    browser.run("document.activeElement.blur()")


def check_failures(gallery, count):
    browser = gallery.browser
    browser.click("#view-failures")
    rows = gallery.texts("#failures tbody tr")
    expect(len(rows) == count and "ends in the middle" in rows[0], f"{len(rows)} failures: {rows[:1]}")
    gallery.search("broken/29")
    expect(len(gallery.texts("#failures tbody tr")) == 11, "failures are not filtered by text")
    browser.press("#text", ESCAPE)
    browser.click("#view-pictures")


def photograph(gallery, folder, height=900):
    browser = gallery.browser
    for scheme in ("light", "dark"):
        browser.devtools("Emulation.setEmulatedMedia",
                         features=[{"name": "prefers-color-scheme", "value": scheme}])
        for name, width, tall, phone in (("", 1280, height, False), ("-phone", 390, 844, True)):
            browser.devtools("Emulation.setDeviceMetricsOverride", width=width, height=tall,
                             deviceScaleFactor=2 if phone else 1, mobile=phone)
            browser.open("about:blank")
            gallery = Gallery(browser, gallery.page)
            gallery.settle()
            wide = browser.run("return document.documentElement.scrollWidth")
            expect(wide <= width, f"the page is {wide} wide on a screen of {width}")
            browser.screenshot(folder / f"{scheme}{name}.png")
            browser.click("#grid button")
            gallery.settle()
            browser.screenshot(folder / f"{scheme}{name}-detail.png")
            gallery.press(ESCAPE)
            if browser.run("return !document.getElementById('views').hidden"):
                browser.click("#view-failures")
                browser.screenshot(folder / f"{scheme}{name}-failures.png")
    browser.devtools("Emulation.clearDeviceMetricsOverride")


def check_many(gallery, folder):
    print(f"10,000 pictures on the screen after {gallery.painted:.0f} ms")
    check_orders(gallery, 10000)
    check_filters(gallery, 10000)
    check_scrolling(gallery, 10000)
    check_detail(gallery)
    check_failures(gallery, 300)


def check_hostile(gallery, folder):
    browser = gallery.browser
    name = "<script>document.title='taken'</script> \"'&\\n\ufffd %41#?.png"
    label = "<img src=x onerror=\"document.title='taken'\">"
    expect(gallery.texts("#grid .label") == [label], f"label: {gallery.texts('#grid .label')}")
    expect(label in gallery.text("#classes button"), "the chart names another class")
    browser.click("#grid button")
    gallery.settle()
    expect(gallery.text("#detail-file") == name, f"name: {gallery.text('#detail-file')}")
    expect(gallery.picture_is_there("#frame img"), "the picture's link leads nowhere")
    expect(browser.run("return document.querySelector('#frame img').naturalWidth") > 160,
           "a thumbnail stands for the picture")
    browser.click("#layers button:nth-child(2)")
    gallery.settle()
    expect(gallery.picture_is_there("#frame img"), "the overlay's link leads nowhere")
    expect(label in gallery.text("#layers"), "the overlay's class is not named")
    gallery.press(ESCAPE)
    browser.click("#view-failures")
    row = gallery.text("#failures tbody tr")
    expect("<script>" in row and f"<b>{label}</script>" in row, f"failure: {row}")
    browser.click("#view-pictures")
    expect("taken" not in browser.run("return document.title"), "a name has run as a script")


def check_logits(gallery, folder):
    expect(gallery.shown() == ["none.png", "low.png", "high.png"], f"order: {gallery.shown()}")
    expect(gallery.texts("#grid .score") == ["", "-1.500", "8.500"], "scores are not as they were")
    expect(gallery.texts("#grid .label")[0] == "no class", "a picture without a class has one")
    gallery.browser.click("#bins button:last-child")
    expect(gallery.shown() == ["high.png"], f"in the last bin: {gallery.shown()}")
    gallery.browser.click("#bins button:last-child")
    expect(len(gallery.shown()) == 3, "a second click does not lift the filter")


def main(kind, page, folder):
    with Browser() as browser:
        gallery = Gallery(browser, page)
        {"many": check_many, "hostile": check_hostile, "logits": check_logits}[kind](gallery, folder)
        photograph(gallery, pathlib.Path(folder))
        complaints = browser.complaints()
        expect(not complaints, f"the console says: {complaints}")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (AssertionError, RuntimeError) as error:
        sys.exit(f"browser.py: {error}")
