"""The cards: one module of JavaScript, built from `frontend/`, that Home Assistant's frontend loads by itself."""

from hashlib import sha256
from pathlib import Path
from typing import Final

from homeassistant.components import frontend
from homeassistant.components.http.server import StaticPathConfig
from homeassistant.core import HomeAssistant

from ..const import DOMAIN

MODULE: Final = Path(__file__).parent / "cards.js"
URL: Final = f"/{DOMAIN}/cards.js"


async def async_serve_cards(hass: HomeAssistant) -> None:
    """Serve the module and have every page load it; a Home Assistant without a frontend has no page.

    Its address carries the file's version, so that a browser keeps it and never keeps an old one.
    """
    if "frontend" not in hass.config.components:
        return
    version = await hass.async_add_executor_job(_version)
    await hass.http.async_register_static_paths([StaticPathConfig(URL, str(MODULE))])
    frontend.add_extra_js_url(hass, f"{URL}?v={version}")


def _version() -> str:
    return sha256(MODULE.read_bytes()).hexdigest()[:12]
