"""Whether a caller may: Home Assistant's own policy, asked for every entity that an act of ours moves.

Home Assistant checks the entity whose service is called. Our acts move others too, by calls of the dispatcher that are
nobody's: so whoever asks must be allowed our entity for it and, as with Home Assistant's own groups, those behind it.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from homeassistant.auth.models import User
from homeassistant.auth.permissions.const import POLICY_CONTROL, POLICY_READ
from homeassistant.const import Platform
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, Unauthorized, UnknownUser
from homeassistant.helpers import entity_registry as er

from .const import CONF_MODE, DOMAIN
from .loop.orchestrator import Orchestrator
from .model.site import Mode

type Moved = Sequence[tuple[str, str]]
"""What an act moves: entity ids, each with the name people know it by (its device's, the site's)."""

# Our own entity that stands for telling a device what to do: a miner has the one, a battery the other.
_OF_DEVICE: Final = ((Platform.SWITCH, "run"), (Platform.NUMBER, "reserve"))


class NotAllowedError(Unauthorized):
    """Raised where a user may not control all that an act moves; `names` is what of it, as people know it."""

    def __init__(self, context: Context, denied: Sequence[tuple[str, str]]) -> None:
        super().__init__(context, entity_id=denied[0][1], permission=POLICY_CONTROL)
        self.names = tuple(dict.fromkeys(name for name, _ in denied))
        entities = dict.fromkeys(entity_id for _, entity_id in denied)
        # `Unauthorized` takes no translation, and would tell people its own name.
        HomeAssistantError.__init__(
            self,
            translation_domain=DOMAIN,
            translation_key="not_allowed",
            translation_placeholders={"names": ", ".join(self.names), "entities": ", ".join(entities)},
        )


async def async_check(hass: HomeAssistant, context: Context, moved: Moved) -> None:
    """Let pass who may control everything that is moved; a call without a user is the system's and may.

    Raises `NotAllowedError` naming all that the user may not control, `UnknownUser` where there is no such user.
    """
    if context.user_id is None:
        return
    user = await hass.auth.async_get_user(context.user_id)
    if user is None:
        raise UnknownUser(context=context)
    if user.is_admin:
        return
    if denied := [item for item in moved if not user.permissions.check_entity(item[1], POLICY_CONTROL)]:
        raise NotAllowedError(context, denied)


@callback
def may_read(hass: HomeAssistant, user: User, entry_id: str) -> bool:
    """Return whether a user may read a site: whoever may read its plan's entity."""
    plan = er.async_get(hass).async_get_entity_id(Platform.SENSOR, DOMAIN, f"{entry_id}_plan_status")
    if user.is_admin or plan is None:
        return user.is_admin or user.permissions.access_all_entities(POLICY_READ)
    return user.permissions.check_entity(plan, POLICY_READ)


@callback
def check_read(hass: HomeAssistant, user: User, entry_id: str) -> None:
    """Let pass who may read a site. Raises `Unauthorized`."""
    if not may_read(hass, user, entry_id):
        raise Unauthorized(user_id=user.id, permission=POLICY_READ)


def of_devices(orchestrator: Orchestrator, device_ids: Iterable[str] | None = None) -> Moved:
    """Return what the owner's word over some batteries, inverters and miners moves, None for all of the site."""
    names = orchestrator.settings.site.names
    return [
        (names[device_id], entity_id)
        for device_id in (names if device_ids is None else device_ids)
        for entity_id in (
            *orchestrator.settings.driven(device_id),
            *(_own(orchestrator, platform, device_id, key) for platform, key in _OF_DEVICE),
        )
        if entity_id is not None
    ]


def of_mode(orchestrator: Orchestrator, mode: Mode) -> Moved:
    """Return what changing the mode moves: into automatic and out of it, every device."""
    drives = Mode.AUTOMATIC in (mode, orchestrator.settings.mode)
    return [*_of_site(orchestrator, Platform.SELECT, CONF_MODE), *(of_devices(orchestrator) if drives else ())]


def of_planning(orchestrator: Orchestrator) -> Moved:
    """Return what planning now moves: its button. The devices follow no sooner than the next plan would have it."""
    return _of_site(orchestrator, Platform.BUTTON, "plan_now")


def _of_site(orchestrator: Orchestrator, platform: Platform, key: str) -> Moved:
    entity_id = _own(orchestrator, platform, orchestrator.config_entry.entry_id, key)
    return [] if entity_id is None else [(orchestrator.settings.site.name, entity_id)]


def _own(orchestrator: Orchestrator, platform: Platform, owner: str, key: str) -> str | None:
    return er.async_get(orchestrator.hass).async_get_entity_id(platform, DOMAIN, f"{owner}_{key}")
