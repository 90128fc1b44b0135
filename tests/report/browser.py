"""Opens a report in a browser and does what a reader does.

    browser.py REPORT FOLDS [BIG]

REPORT is report.html of the fixtures' run, FOLDS the list of texts and their folds, BIG the report
of 100,000 clusters. Needs playwright and a Chromium, whose path may stand in CHROMIUM. Ends with 1
at the first thing that is not as it should be.
"""

import os
import pathlib
import shutil
import sys

from playwright.sync_api import sync_playwright

WATCH = """
globalThis.violations = [];
addEventListener("securitypolicyviolation", (e) => violations.push(e.violatedDirective + " " + e.blockedURI));
"""
checks = 0


def check(fact, what):
    global checks
    checks += 1
    if not fact:
        print(f"FAILED: {what}")
        sys.exit(1)


class Reader:
    """A page, and all it complained of or asked for."""

    def __init__(self, browser, path, **options):
        self.context = browser.new_context(viewport={"width": 1280, "height": 900}, offline=True, **options)
        self.page = self.context.new_page()
        self.address = pathlib.Path(path).resolve().as_uri()
        self.said, self.asked = [], []
        self.page.add_init_script(WATCH)
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.set_default_timeout(20_000)

    def open(self, state=""):
        self.page.goto("about:blank")
        self.page.goto(self.address + state)
        return self.page

    def is_quiet(self, what, scripts=True):
        check(self.said == [], f"{what}: the console says {self.said}")
        other = [url for url in self.asked if not url.startswith((self.address, "about:", "data:font", "blob:"))]
        check(other == [], f"{what}: requests to {other[:3]}")
        if scripts:
            found = self.page.evaluate("violations")
            check(found == [], f"{what}: the policy was violated: {found}")


def found(page):
    return int(page.inner_text("#found").split()[0].replace(",", ""))


def search(page, text):
    before = page.evaluate("location.hash")
    page.fill("#search", text)
    page.wait_for_function("(before) => location.hash !== before", arg=before)
    page.wait_for_timeout(60)
    return found(page)


def views(reader):
    page = reader.open()
    names = page.eval_on_selector_all("nav a", "links => links.map(link => link.dataset.view)")
    check(len(names) == 6, f"views: {names}")
    for name in names:
        page.click(f"nav a[data-view={name}]")
        check(page.is_visible(f"#{name} h2"), f"{name} is not shown")
        hidden = [other for other in names if other != name and page.is_visible(f"#{other}")]
        check(hidden == [], f"{hidden} are shown with {name}")
        check(page.evaluate("location.hash").startswith(f"#{name}"), "the view is not in the address")
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        check(wide <= 0, f"{name} is {wide} pixels too wide")
    reader.is_quiet("views")


def cluster(reader):
    page = reader.open("#clusters")
    page.wait_for_selector(".row")
    page.focus("#list")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_selector("#members tbody tr")
    members = page.locator("#members tbody tr").count()
    check(members >= 2, "a cluster has members")
    check(page.locator(".lane").count() >= 1, "a cluster has a time line")
    # A pair with differences: the one that is least like its keeper.
    page.evaluate("""() => {
        const low = [...document.querySelectorAll("#members tbody tr")].slice(1)
            .sort((a, b) => Number(a.cells[3].textContent) - Number(b.cells[3].textContent))[0];
        low.querySelector("button").click();
    }""")
    page.wait_for_selector(".pane")
    check(page.locator(".pane").count() == 2, "two texts side by side")
    texts = page.eval_on_selector_all(".pane", "panes => panes.map(pane => pane.textContent)")
    check(all(len(text) > 100 for text in texts), "both texts are there")
    direction = page.evaluate("getComputedStyle(document.querySelector('.pane')).direction")
    check(direction == "rtl", "Arabic text runs from right to left")
    marks = page.locator(".pane [data-mark]").count()
    check(marks > 0, "differences are marked")
    page.keyboard.press("n")
    check(page.locator("[data-mark].at").count() >= 1, "n goes to a difference")
    page.keyboard.press("o")
    page.wait_for_selector("table.only")
    check(page.locator("table.only tbody tr").count() > 0, "differences only")
    # The address alone brings all of it back.
    state = page.evaluate("location.hash")
    page = reader.open(state)
    page.wait_for_selector(".pane")
    with page.expect_download() as download:
        page.click("#csv-members")
    text = pathlib.Path(download.value.path()).read_text(encoding="utf-8-sig")
    check(text.count("\n") == members and text.startswith("cluster,page"), "CSV of the members")
    page.keyboard.press("Escape")
    page.wait_for_selector(".pane", state="detached")
    reader.is_quiet("a cluster")


def searching(reader, folds):
    page = reader.open("#clusters")
    page.wait_for_selector(".row")
    for line in pathlib.Path(folds).read_text(encoding="utf-8").splitlines():
        text, folded = line.split("\t")
        is_folded = page.evaluate("text => tikrar.fold(text)", text)
        check(is_folded == folded, f"{text} is folded to {is_folded}, not to {folded}")
    everything = found(page)
    with_hamza = search(page, "الأرض")
    check(0 < with_hamza < everything, f"{with_hamza} of {everything} hold the word")
    check(search(page, "الارض") == with_hamza, "the hamza makes no difference")
    check(search(page, "قرنبيط") == 0, "a word that is not there is not found")
    check(search(page, "ٱلأَرْضِ") == with_hamza, "vowel signs make no difference")
    for sort in ("outlets", "days", "low", "bytes", "lost", "first", "size"):
        page.select_option("#choose-sort", sort)
        check(page.locator(".row").count() > 0, f"sorted by {sort}")
    page.fill("#search", "")
    page.wait_for_timeout(100)
    with page.expect_download() as download:
        page.click("#csv")
    text = pathlib.Path(download.value.path()).read_text(encoding="utf-8-sig")
    check(text.count("\n") >= everything, "CSV of the list")
    page.click("nav a[data-view=outlets]")
    page.click("td[data-from][data-to]")
    page.wait_for_selector(".chip")
    check(0 < found(page) < everything, "a cell of the matrix opens its clusters")
    reader.is_quiet("searching")


def addresses(reader):
    """What is typed comes back from the address, whatever it is; a broken address is no blank page."""
    page = reader.open("#clusters&q=100%25")
    page.wait_for_selector("#search")
    check(page.input_value("#search") == "100%", "a percent sign in the address")
    for text in ("50%", "%d8%a7", "100%25", "a&b=c#d", "+%2B", "قال\u200f%"):
        search(page, text)
        state = page.evaluate("location.hash")
        check("q=" in state, f"{text} is not in the address")
        page = reader.open(state)
        page.wait_for_selector("#search")
        check(page.input_value("#search") == text, f"{text} comes back as {page.input_value('#search')}")
    for broken in ("#clusters&q=100%", "#clusters&q=%E0%A4", "#%", "#%E0%A4%A", "#clusters&c=%&d", "#&&=%"):
        page = reader.open(broken)
        page.wait_for_timeout(60)
        check(page.is_visible("#summary h2"), f"{broken} shows nothing")
        page.click("nav a[data-view=clusters]")
        page.wait_for_selector(".row")
    reader.is_quiet("addresses")


def long_names(reader):
    """A name of 300 letters pushes nothing out of sight, and what a phone cannot show is hinted at."""
    page = reader.open("#outlets")
    page.evaluate("document.querySelectorAll('.name').forEach((name) => { name.textContent = 'منفذ'.repeat(75); })")
    cut = page.evaluate("""() => [...document.querySelectorAll("#outlets .scroll")].filter((box) => {
        const table = box.querySelector("table:not(.matrix)");
        return table && table.getBoundingClientRect().width > box.clientWidth + 1;
    }).length""")
    check(cut == 0, f"{cut} tables of outlets are wider than the window")
    page.set_viewport_size({"width": 380, "height": 800})
    for view in ("outlets", "summary", "run"):
        page.evaluate("view => { location.hash = view; }", view)
        page.wait_for_timeout(50)
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        check(wide <= 0, f"{view} is {wide} pixels too wide with long names")
        captions = page.evaluate("""() => [...document.querySelectorAll("section.on caption")].filter((caption) => {
            const rect = caption.getBoundingClientRect();
            return rect.width > 0 && (rect.left < 0 || rect.right > innerWidth);
        }).map((caption) => caption.textContent)""")
        check(captions == [], f"captions are cut off on a phone: {captions}")
    shadow = page.evaluate("getComputedStyle(document.querySelector('section.on .scroll')).backgroundImage")
    check(shadow.count("gradient") == 4, "a box that scrolls has a shadow")
    reader.is_quiet("long names")


def language_and_theme(reader):
    page = reader.open("#clusters")
    page.wait_for_selector(".row")
    was = page.evaluate("document.documentElement.lang")
    other = "ar" if was == "en" else "en"
    page.click("#lang")
    check(page.evaluate("document.documentElement.lang") == other, "the language is switched")
    check(page.evaluate("document.documentElement.dir") == ("rtl" if other == "ar" else "ltr"), "and the direction")
    wrong = page.evaluate("""() => {
        const words = JSON.parse(document.getElementById("meta").textContent).words;
        const column = document.documentElement.lang === "ar" ? 1 : 0;
        return [...document.querySelectorAll("[data-t]")].filter((node) => {
            const args = node.dataset.a ? JSON.parse(node.dataset.a) : [];
            const text = args.reduce((t, a, i) => t.replaceAll(`{${i}}`, a), words[node.dataset.t][column]);
            return node.textContent !== text;
        }).map((node) => node.dataset.t);
    }""")
    check(wrong == [], f"not switched: {wrong}")
    paper = "getComputedStyle(document.documentElement).backgroundColor"
    light = page.evaluate(paper)
    page.click("#theme")
    check(page.evaluate(paper) != light, "the theme is switched")
    page.click("#lang")
    check(page.evaluate("document.documentElement.lang") == was, "and back")
    page.click("#keys")
    check(page.is_visible("#help"), "the keys are told")
    reader.is_quiet("language and theme")
    check(len(page.pdf()) > 20_000, "it prints")
    page.set_viewport_size({"width": 390, "height": 800})
    for view in ("summary", "clusters", "blocks", "outlets", "quality", "run"):
        page.evaluate("view => { location.hash = view; }", view)
        page.wait_for_timeout(50)
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        check(wide <= 0, f"{view} is {wide} pixels too wide for a phone")
    reader.is_quiet("on a phone")


def without_scripts(reader):
    page = reader.open()
    check(page.locator("#summary table").count() >= 2, "the ledger needs no script")
    check(page.is_visible("#clusters details.cluster"), "clusters need no script")
    check(page.is_visible("#run table") and page.is_visible("#outlets table"), "all views are there")
    reader.is_quiet("without scripts", scripts=False)


def many(reader):
    """First rows within 2 s, sorting and searching within 100 ms: the best of three tries."""
    first = []
    for _ in range(2):
        page = reader.open("#clusters")
        page.wait_for_selector(".row", state="attached")
        first.append(page.evaluate("performance.now()"))
    check(min(first) < 2000, f"first rows after {first} ms")
    page.wait_for_timeout(2500)
    timed = """async ([id, value, kind]) => {
        const [node, output] = [document.getElementById(id), document.getElementById("found")];
        const start = performance.now();
        const done = new Promise((resolve) => {
            new MutationObserver(() => resolve()).observe(output, { childList: true, characterData: true, subtree: true });
        });
        node.value = value;
        node.dispatchEvent(new Event(kind, { bubbles: true }));
        await done;
        return performance.now() - start;
    }"""
    sorts, searches = [], []
    for _ in range(3):
        sorts.append([page.evaluate(timed, ["choose-sort", sort, "change"]) for sort in ("lost", "low", "size")])
        searches.append([page.evaluate(timed, ["search", text, "input"]) for text in ("بات", "نو ما", "أيّاها")])
    sorts, searches = ([min(tries) for tries in zip(*rounds)] for rounds in (sorts, searches))
    check(max(sorts) < 100, f"sorting takes {sorts} ms")
    check(max(searches) < 100, f"searching takes {searches} ms")
    check(page.evaluate("document.querySelectorAll('.row').length") < 100, "only rows in sight are elements")
    page.evaluate("document.getElementById('list').scrollTop = 1e9")
    page.wait_for_timeout(100)
    check(page.locator(".row").count() > 0, "the end of the list")
    reader.is_quiet("many clusters")
    rounded = [[round(n) for n in times] for times in (first, sorts, searches)]
    print("100,000 clusters: first rows {} ms, sort {} ms, search {} ms".format(*rounded))


def main():
    report, folds = sys.argv[1:3]
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium-headless-shell") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium)
        views(Reader(browser, report))
        cluster(Reader(browser, report))
        searching(Reader(browser, report), folds)
        addresses(Reader(browser, report))
        long_names(Reader(browser, report))
        language_and_theme(Reader(browser, report))
        without_scripts(Reader(browser, report, java_script_enabled=False))
        if len(sys.argv) > 3:
            many(Reader(browser, sys.argv[3]))
        browser.close()
    print(f"browser: {checks} checks passed")


main()
