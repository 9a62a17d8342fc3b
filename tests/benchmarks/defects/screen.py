"""What the first screen of an item's page says, read in a browser.

In: a workspace, a reviewer, ids of roles. Out: the blocks of text that are in view in the item's pane, without
scrolling, and the risk that stands beside each.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

WIDTH, HEIGHT = 1440, 900

BLOCKS: Final = r"""() => {
  const pane = document.querySelector('section[aria-label="Item"]');
  const found = new Map();
  const walker = document.createTreeWalker(pane, NodeFilter.SHOW_TEXT);
  const risk = (block) => {
    const whole = block.closest('li, p, dd') || block;
    for (const one of whole.querySelectorAll('*')) {
      const word = one.textContent.trim().match(/^(high|medium|low)( risk)?$/i);
      if (word) return word[1].toLowerCase();
    }
    return '';
  };
  while (walker.nextNode()) {
    const node = walker.currentNode, parent = node.parentElement;
    if (!node.textContent.trim() || parent.closest('table, select, title, script')) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const lines = [...range.getClientRects()];
    const inView = lines.length && lines.every((r) => {
      if (!r.width || !r.height || r.top < 0 || r.left < 0) return false;
      if (r.bottom > innerHeight || r.right > innerWidth) return false;
      const top = document.elementFromPoint(r.left + r.width / 2, r.top + r.height / 2);
      return top && (top === parent || parent.contains(top) || top.contains(parent));
    });
    if (!inView) continue;
    let block = parent;
    while (getComputedStyle(block).display.startsWith('inline')) block = block.parentElement;
    if (!found.has(block)) found.set(block, []);
    found.get(block).push(node.textContent);
  }
  return [...found].map(([block, texts]) => ({
    text: texts.join(' ').replace(/\s+/g, ' ').trim(),
    risk: risk(block),
    first: Boolean(block.closest('[aria-label="Look at this first"]')),
    button: Boolean(block.closest('button')),
  }));
}"""


@dataclass(frozen=True, kw_only=True)
class Block:
    """A paragraph, heading, or item of a list, in view.

    Attributes
    ----------
    risk
        The word beside it: low, medium or high; empty where there is none.
    first
        Whether it is in the list of what to look at first.
    button
        Whether it is written on a button.
    """

    text: str
    risk: str
    first: bool
    button: bool


@contextmanager
def serving(root: Path, reviewer: str) -> Iterator[str]:
    """Serve the review of a workspace; gives the address that lets its reviewer in."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = [sys.executable, "-m", "lakezones", "review", "serve", "-w", str(root), "--reviewer", reviewer]
    with subprocess.Popen(
        [*command, "--no-open", "--port", port],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as server:
        said: list[str] = []
        try:
            assert server.stdout is not None
            for line in server.stdout:
                said.append(line)
                if address := re.search(r"http://\S+", line):
                    yield address[0]
                    break
            else:
                raise RuntimeError("the server gave no address: " + "".join(said))
        finally:
            server.terminate()


def first_screens(root: Path, reviewer: str, roles: Iterable[str]) -> dict[str, list[Block]]:
    """What is in view when each role's page has been opened."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with serving(root, reviewer) as address, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        try:
            tab = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
            tab.goto(address)
            start = tab.url.split("/", 3)
            return {role: _read(tab, f"{start[0]}//{start[2]}/items/role/{role}") for role in roles}
        finally:
            browser.close()


def _read(tab: Any, address: str) -> list[Block]:
    tab.goto(address)
    tab.locator("h1").wait_for()
    if tab.evaluate("window.scrollY"):
        raise RuntimeError(f"{address} opened scrolled")
    return [Block(**block) for block in tab.evaluate(BLOCKS)]
