"""People with accounts, each with the rights of real groups: who calls is the user of a context."""

from collections.abc import Iterable
from typing import Final

from homeassistant.auth.const import GROUP_ID_ADMIN, GROUP_ID_READ_ONLY, GROUP_ID_USER
from homeassistant.auth.models import Group
from homeassistant.auth.permissions.types import PolicyType
from homeassistant.core import Context, HomeAssistant

READER: Final = GROUP_ID_READ_ONLY
MAY_ALL: Final = (GROUP_ID_ADMIN, GROUP_ID_USER)


async def async_user(hass: HomeAssistant, group: str) -> Context:
    """Return the context of a call by a new user of one of Home Assistant's groups."""
    if await hass.auth.async_get_owner() is None:
        await hass.auth.async_create_user("owner")  # the first one is, whatever the groups
    user = await hass.auth.async_create_user(group, group_ids=[group])
    return Context(user_id=user.id)


async def async_user_of(hass: HomeAssistant, entities: Iterable[str]) -> Context:
    """Return the context of a call by a new user who may control some entities, and read everything."""
    policy: PolicyType = {
        "entities": {"all": {"read": True}, "entity_ids": {entity_id: {"control": True} for entity_id in entities}}
    }
    group = Group(name="some", policy=policy, id=f"some-{len(hass.auth._store._groups or {})}")
    assert hass.auth._store._groups is not None
    hass.auth._store._groups[group.id] = group
    return await async_user(hass, group.id)
