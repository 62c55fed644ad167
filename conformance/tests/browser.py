"""A headless Chromium that reads pages from disk, and tells what it complained about and asked for."""

from __future__ import annotations

import base64
import json
import shutil
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.wait import WebDriverWait

_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)
_WAIT = 60.0


class Browser:
    """`profile` is a folder that does not exist yet."""

    def __init__(self, profile: Path):
        driver, chromium = shutil.which("chromedriver"), shutil.which("chromium")
        assert driver and chromium, "the packages chromium and chromium-driver are not installed"
        options = Options()
        options.binary_location = chromium
        for flag in (*_FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self._driver = webdriver.Chrome(service=Service(driver), options=options)
        self._driver.set_page_load_timeout(_WAIT)
        self._driver.set_window_size(1920, 1080)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._driver.quit()

    def open(self, file: Path, name: str = "") -> None:
        self._driver.get(file.as_uri() + (f"#{name}" if name else ""))

    def run(self, script: str, *arguments: Any) -> Any:
        return self._driver.execute_script(script, *arguments)

    def wait(self, script: str) -> None:
        """Until the expression is true."""
        WebDriverWait(self._driver, _WAIT).until(lambda _: self.run(f"return Boolean({script})"))

    def click(self, selector: str) -> None:
        self._driver.find_element("css selector", selector).click()

    def press(self, *keys: str) -> None:
        """To whatever has the focus."""
        self._driver.switch_to.active_element.send_keys(*keys)

    def text(self, selector: str) -> str:
        return str(self._driver.find_element("css selector", selector).text)

    def complaints(self) -> list[str]:
        return [str(entry["message"]) for entry in self._driver.get_log("browser")]

    def requests(self) -> list[str]:
        """What pages from disk asked for, themselves included."""
        found = []
        for entry in self._driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                if message["params"].get("documentURL", "").startswith("file:"):
                    found.append(str(message["params"]["request"]["url"]))
        return found

    def pdf(self) -> bytes:
        """The page as it is printed."""
        return base64.b64decode(self._driver.print_page())
