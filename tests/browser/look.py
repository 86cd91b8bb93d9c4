"""A visitor with a browser, who notices whatever the browser complains of."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page

from tests.browser.conftest import PATIENCE_MS

# Where the colours of an element's text and of what lies behind it come from.
CONTRASTS = """() => {
  const numbers = (text) => text.match(/[\\d.]+/g).map(Number);
  const channel = (value) => { const c = value / 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const ground = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      const [r, g, b, a = 1] = numbers(getComputedStyle(at).backgroundColor);
      layers.push([r, g, b, a]);
      if (a === 1) break;
    }
    const over = (below, [r, g, b, a]) => [r, g, b].map((c, i) => c * a + below[i] * (1 - a));
    return layers.reverse().reduce(over, [255, 255, 255]);
  };
  const faint = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].filter((n) => n.nodeType === 3).map((n) => n.textContent.trim()).join("");
    const box = element.getBoundingClientRect();
    if (!own || box.width < 2 || box.height < 2 || element.closest(".hidden, .skip, noscript")) continue;
    const [front, back] = [light(numbers(getComputedStyle(element).color)), light(ground(element))];
    const contrast = (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
    if (contrast < 4.5) faint.push(`${own.slice(0, 40)}: ${contrast.toFixed(2)}`);
  }
  return faint;
}"""


@contextmanager
def looking(browser: Browser, address: str, path: str = "/", **context: Any) -> Iterator[Page]:
    """Open a page, wait for its figures, and hold afterwards that nothing foreign was asked for or went wrong."""
    complaints: list[str] = []
    made = browser.new_context(viewport=context.pop("viewport", {"width": 1280, "height": 900}), **context)
    made.set_default_timeout(PATIENCE_MS)
    page = made.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("dialog", lambda dialog: complaints.append(f"dialog: {dialog.message}"))
    page.on(
        "request",
        lambda request: (
            complaints.append(f"foreign: {request.url}")
            if urlsplit(request.url).netloc != urlsplit(address).netloc
            else None
        ),
    )
    try:
        page.goto(address + path)
        page.locator("#updated:not(:empty)").wait_for(state="attached")
        yield page
    finally:
        made.close()
    assert complaints == []
