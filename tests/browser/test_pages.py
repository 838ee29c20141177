"""Every page in a real browser, over a demo: what is drawn, asked for, clicked and linked."""

import time
from urllib.parse import quote

import pytest
from selenium.webdriver import ActionChains

QUERY = "select%20model%2C%20is_as_ratio%20from%20latest.model_scores"

#: Pages with choices, what they must show, and how many charts.
PAGES = {
    "overview": ("overview", "demo: what do its classifiers not see?", 1),
    "map": ("map", "Where do the pictures lie, and where do they go?", 2),
    "compare": ("compare?model=plain", "How do two pictures differ?", 1),
    "models": ("models", "Which model keeps meaning out of its null space?", 5),
    "classes": ("classes?beside=plain", "Which classes leak?", 2),
    "concepts": ("concepts", "Which meanings move when the null part goes?", 3),
    "image": ("image?model=plain", "What does one picture lose with its null part?", 1),
    "steering": ("steering?model=plain", "How far can images be turned towards a text", 2),
    "cure": ("cure", "What would a head that sees more, or less, do?", 0),
    "validation": ("validation", "Can these numbers be trusted?", 3),
    "sql": (f"sql?q={QUERY}&x=model&y=is_as_ratio", "Ask the published results anything", 1),
    "trends": ("trends", "How do figures go, from run to run and from model to model?", 0),
    "runs": ("runs", "What ran when, with what, and what changed?", 0),
}

_UNLABELED = """
const named = e => e.getAttribute('aria-label') || e.getAttribute('aria-labelledby')
  || e.getAttribute('title') || (e.labels && e.labels.length) || e.textContent.trim();
return [
  ...[...document.querySelectorAll('img')].filter(e => !e.hasAttribute('alt')),
  ...[...document.querySelectorAll('input, textarea, button')]
     .filter(e => e.offsetParent && !named(e)),
].map(e => e.outerHTML.slice(0, 200));
"""

_OVERFLOW = """
const main = document.querySelector('[data-testid=stMain]');
return main.scrollWidth - main.clientWidth;
"""


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_drawn_whole_and_asks_nobody_else(look, name):
    path, question, n_charts = PAGES[name]

    look.open(path, n_charts)

    assert question in look.text
    assert look.driver.title == f"{'SQL' if name == 'sql' else name.capitalize()} · SING"
    assert not look.all("[data-testid=stException]")
    marks = look.marks()
    assert len(marks) == n_charts
    assert all(count > 6 for count in marks), marks
    assert look.errors() == []
    outside = [
        url for url in look.requests() if not url.startswith((look.address, "data:", "blob:"))
    ]
    assert outside == []
    assert look.driver.execute_script(_UNLABELED) == []
    look.shoot(name)


@pytest.mark.parametrize("name", ["overview", "models", "concepts", "map", "image", "sql"])
def test_a_page_does_not_break_where_it_is_narrow(look, name):
    look.driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": 400, "height": 900, "deviceScaleFactor": 1, "mobile": True},
    )
    try:
        look.open(PAGES[name][0], PAGES[name][2])

        assert look.driver.execute_script(_OVERFLOW) <= 0
        assert look.errors() == []
    finally:
        look.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_dark_ground_is_drawn_too(look):
    features = [{"name": "prefers-color-scheme", "value": "dark"}]
    look.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    try:
        look.open("models", 3)

        ground = look.driver.execute_script(
            "return getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
        )
        assert max(int(part) for part in ground[4:-1].split(",")) < 60
        assert all(count > 6 for count in look.marks())
        look.shoot("models-dark", 1920)
    finally:
        look.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_a_choice_changes_the_chart_and_the_address_and_back_undoes_both(look):
    look.open("models", 3)
    before = look.all("[data-testid=stVegaLiteChart]")[0].screenshot_as_png

    look.click("button", "IS / |AS|, the paper's ratio")

    assert "by=ratio" in look.query
    assert "run=demo-" in look.query
    changed = look.all("[data-testid=stVegaLiteChart]")[0].screenshot_as_png
    assert changed != before

    look.driver.back()
    look.settle()
    time.sleep(0.5)
    look.settle()
    assert "by=ratio" not in look.query
    assert look.all("[data-testid=stVegaLiteChart]")[0].screenshot_as_png == before


def test_a_link_restores_the_view(look):
    look.open("concepts?model=wide&class=ring&group=texture", 2)
    first = look.driver.current_url

    chosen = {
        box.find_element("css selector", "input").get_attribute("value")
        for box in look.all("[data-testid=stSelectbox]")
    }
    assert any("ring" in label for label in chosen), chosen
    assert any("wide" in label for label in chosen), chosen
    assert "ring images by wide" in look.text

    look.open("models")
    look.driver.get(first)
    look.settle()
    assert "ring images by wide" in look.text


def test_links_between_pages_take_run_model_and_class_along(look):
    look.open("classes?model=noisy&class=heart")

    look.click("[data-testid=stPageLink-NavLink]", "Which meanings move in heart?")

    assert look.query.startswith("/concepts?")
    assert "model=noisy" in look.query
    assert "class=heart" in look.query
    assert "heart images by noisy" in look.text
    look.driver.back()
    look.settle()
    assert "Which classes leak?" in look.text


def test_a_click_on_a_class_shows_its_images(look):
    look.open("classes?model=plain", 1)
    before = look.query
    bar = look.all("[data-testid=stVegaLiteChart] .mark-rect.role-mark path")[5]
    look.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", bar)
    ActionChains(look.driver).move_to_element(bar).click().perform()
    time.sleep(0.5)
    look.settle()

    assert "class=" in look.query
    assert look.query != before
    name = look.query.split("class=")[1].split("&")[0]
    assert f"Which meanings move in {name}?" in look.text


@pytest.mark.parametrize(
    "path",
    [
        "sql?q=select%20cast('![x](http%3A%2F%2F127.0.0.1%3A9%2F%3Fd%3D'%20||%20(select%20"
        "string_agg(path)%20from%20latest.images)%20||%20')'%20as%20int)",
        "models?model=![x](http://127.0.0.1:9/a)&by=![x](http://127.0.0.1:9/b)",
        "classes?find=![x](http://127.0.0.1:9/a)&class=![x](http://127.0.0.1:9/b)",
        "concepts?find=![x](http://127.0.0.1:9/a)&phrase=![x](http://127.0.0.1:9/b)",
        "image?image=![x](http://127.0.0.1:9/a)&find=![x](http://127.0.0.1:9/b)",
        "steering?target=![x](http://127.0.0.1:9/a)&words=![x](http://127.0.0.1:9/b)",
        "runs?other=![x](http://127.0.0.1:9/a)&run=![x](http://127.0.0.1:9/b)",
    ],
)
def test_no_link_makes_a_page_ask_another_host(look, path):
    look.open(path)

    outside = [
        url for url in look.requests() if not url.startswith((look.address, "data:", "blob:"))
    ]
    assert outside == []
    assert "![x](http" in look.text or path.startswith(("concepts", "steering"))


def test_the_menu_takes_the_run_along(look):
    look.open("runs")

    links = [link.get_attribute("href") for link in look.all("[data-testid=stPageLink-NavLink]")]
    assert any("/models?" in link for link in links[:8])


#: A name that no SVG can hold as it stands, and that once ended the server.
CONTROL = "sql?q=" + quote("select 'a'||chr(1)||'b' as name, 1.5 as x")


@pytest.mark.parametrize(
    ("page", "stem", "label", "holds"),
    [
        ("models", "models-by-share", "PNG", b"\x89PNG"),
        (CONTROL, "answer", "SVG", b"a\\x01b"),
        ("models", "models-by-share", "CSV", b"model,class_share,"),
    ],
)
def test_a_chart_is_saved(look, page, stem, label, holds):
    look.open(page, 1)

    assert holds in saved(look, label, stem)
    look.open("models", 3)


def saved(look, label, stem):
    """Save the first chart of a page; returns the file's content."""
    for file in look.driver.downloads.iterdir():
        file.unlink()
    look.all("[data-testid=stMain] [data-testid=stPopover] button")[0].click()
    look.settle()
    look.click("[data-testid=stPopoverBody] button", label)
    file = look.driver.downloads / f"{stem}.{label.lower()}"
    for _ in range(400):
        if file.exists():
            break
        time.sleep(0.1)
    return file.read_bytes()


def test_a_report_needs_no_network_in_a_browser_either(look, shown, tmp_path):
    from flows import cli

    file = tmp_path / "report.html"
    assert cli.command(["report", "demo", "--data", str(shown.path), "--out", str(file)]) == 0

    look.driver.get(file.as_uri())

    assert "Which model keeps meaning out of its null space?" in look.text
    assert len(look.all("figure svg")) > 20
    assert look.errors() == []
    assert [url for url in look.requests() if not url.startswith(("file:", "data:"))] == []
