"""The owner's words over the plan as they are said, stored at once, and awaited: the loop is there when one begins or ends."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_track_point_in_utc_time
from homeassistant.util import dt as dt_util

from ..control import Dispatcher
from ..model.decision import Override
from ..model.override import laid_over, next_turn
from .cycle import heard
from .memory import Memory
from .snapshot import Snapshot


class Overrides:
    """One site's words. `decide` acts on what stands now, `replan` asks for a plan that knows of it."""

    def __init__(
        self,
        hass: HomeAssistant,
        memory: Memory,
        dispatcher: Dispatcher,
        decide: Callable[[], Awaitable[None]],
        replan: Callable[[], None],
    ) -> None:
        self._hass = hass
        self._memory = memory
        self._dispatcher = dispatcher
        self._decide = decide
        self._replan = replan
        self._turn: tuple[datetime, CALLBACK_TYPE] | None = None

    async def async_lay(self, words: Sequence[Override]) -> None:
        """Lay words over the plan and over what was said before, no two of one device."""
        await self._async_say(lambda standing: laid_over(standing, words), *(word.device_id for word in words))

    async def async_clear(self, device_id: str | None) -> None:
        """End all words for a device, of later too; None for all devices."""

        def stays(word: Override) -> bool:
            return device_id is not None and word.device_id != device_id

        await self._async_say(lambda standing: {key: word for key, word in standing.items() if stays(word)}, device_id)

    async def async_end(self, ids: Collection[str]) -> None:
        """End the words of these ids, whether their time has come or not; their time is the plan's."""
        standing = self._memory.remembered.overrides
        hands = {standing[key].device_id for key in ids if key in standing and standing[key].by_hand}
        await self._async_say(lambda standing: {key: standing[key] for key in standing if key not in ids}, *hands)

    async def async_forget_hands(self) -> None:
        """End what people switched themselves: what they switch where nothing is commanded is seen by nobody."""
        hands = {key for key, word in self._memory.remembered.overrides.items() if word.by_hand}
        if hands:
            await self.async_end(hands)

    async def async_put_back(self, device_ids: Collection[str], words: Mapping[str, Override]) -> None:
        """Put devices back under the words that stood over the plan once, those by id, and under no other."""
        back = {key: word for key, word in words.items() if word.device_id in device_ids}

        def stays(word: Override) -> bool:
            return word.device_id not in device_ids

        await self._async_say(
            lambda standing: {key: word for key, word in standing.items() if stays(word)} | back, *device_ids
        )

    async def _async_say(
        self, say: Callable[[Mapping[str, Override]], dict[str, Override]], *device_ids: str | None
    ) -> None:
        """Change what stands over the plan, store it and act on it at once; the plan follows as soon as it is made.

        What people switched of these devices themselves (None: of all) is one of the words from here on.
        """
        now = dt_util.utcnow()
        remembered = heard(self._memory.remembered, self._dispatcher.switched(now), now)
        for device_id in device_ids:
            self._dispatcher.forget_manual(device_id)
        self._memory.remembered = remembered.overridden(say(remembered.overrides))
        await asyncio.gather(self._memory.async_save(), self._decide())
        self._replan()

    @callback
    def await_turn(self, snapshot: Snapshot) -> None:
        """Be there when the next word begins or ends."""
        turn = next_turn(snapshot.remembered.overrides.values(), snapshot.at)
        if self._turn is not None and self._turn[0] == turn:
            return
        self.stop()
        if turn is not None:
            self._turn = turn, async_track_point_in_utc_time(self._hass, self._async_turn, turn)

    async def _async_turn(self, _: datetime) -> None:
        self._turn = None
        await self._decide()
        self._replan()

    @callback
    def stop(self) -> None:
        """Wait for no turn."""
        if self._turn is not None:
            self._turn[1]()
            self._turn = None
