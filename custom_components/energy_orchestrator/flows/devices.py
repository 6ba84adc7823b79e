"""The subentries of a site: battery, inverter, and miner or group of miners. Added and changed by the same steps."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar, Final, override

from homeassistant.config_entries import SOURCE_RECONFIGURE, ConfigSubentryFlow, SubentryFlowResult
from homeassistant.const import CONF_NAME
from homeassistant.helpers.selector import (
    BooleanSelector,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TimeSelector,
)

from .. import const as c
from ..mapping import MOST_RENEW_MIN, SetPointOrder
from ..model.decision import BatteryMode
from ..model.seen import number_in
from ..model.site import InvalidSiteError, LeftAs
from ..model.units import watts_of
from ..settings import DEFAULTS, check_device, key_of, miner_of
from . import entities as e
from .forms import FieldProblem, Fields, Form, needed, number, optional, options, percent, preset, sound, table

_TAKING_COMMANDS: Final[Fields] = {
    optional(c.CONF_RENEW_MIN): number("min", low=1, high=MOST_RENEW_MIN),
    optional(c.CONF_POLL_S): number("s", low=5, high=3600),
}
"""How the integration of a device takes commands: nobody needs to know."""
CONF_ADVICE_ONLY: Final = "advice_only"
"""Of the miner's form only: no switch is mapped, and that is as it should be."""

# How long the device's sensors may be silent, where the site's limit does not fit.
_SILENCE: Final[Fields] = {optional(c.CONF_STALE_MIN): number("min", low=1)}


class DeviceFlow(ConfigSubentryFlow, ABC):
    """What all devices have in common: a name, entities of certain kinds, and a model that refuses the impossible."""

    kind: ClassVar[str]
    entities: ClassVar[Mapping[str, e.EntityKind]]
    exclusive: ClassVar[frozenset[str]]
    """Keys of entities that stand for one device only."""

    def __init__(self) -> None:
        """Begin with nothing entered."""
        self._title = ""
        self._data: dict[str, Any] = {}

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Add a device."""
        return await self._async_device("user", user_input)

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Change a device."""
        return await self._async_device("reconfigure", user_input)

    async def _async_device(self, step_id: str, user_input: dict[str, Any] | None) -> SubentryFlowResult:
        form = self._form()
        if user_input is None:
            return form.show(self, step_id, self._before())
        values = form.flat(user_input)
        if problems := [*self._problems(form, values)]:
            return form.show(self, step_id, values, problems)
        self._title = values.pop(CONF_NAME)
        self._data = form.others(self._stored()) | values
        return await self._async_next()

    async def _async_next(self) -> SubentryFlowResult:
        return self._finish()

    def _finish(self) -> SubentryFlowResult:
        if self.source == SOURCE_RECONFIGURE:
            return self.async_update_and_abort(
                self._get_entry(), self._get_reconfigure_subentry(), title=self._title, data=self._data
            )
        return self.async_create_entry(title=self._title, data=self._data)

    def _form(self) -> Form:
        """Return the form; a simulated device is mapped by its simulation."""
        return Form({needed(CONF_NAME, "name_empty"): TextSelector(), **self._fields()}, self._sections())

    @abstractmethod
    def _fields(self) -> Fields:
        """Return the fields beside the name."""

    def _sections(self) -> dict[str, Fields]:
        return {}

    def _mapping(self) -> Fields:
        """Return the fields of the entities, none for a simulated device: its simulation maps it."""
        return {} if self._simulated else {**e.entity_fields(self.entities), **_SILENCE}

    @property
    def _simulated(self) -> bool:
        if self.source != SOURCE_RECONFIGURE or c.CONF_SIMULATED_SITE not in self._get_entry().data:
            return False
        return self._get_reconfigure_subentry().unique_id is not None

    def _stored(self) -> Mapping[str, Any]:
        return self._get_reconfigure_subentry().data if self.source == SOURCE_RECONFIGURE else {}

    def _before(self) -> dict[str, Any]:
        """Return what the form begins with."""
        if self.source != SOURCE_RECONFIGURE:
            return {**DEFAULTS[self.kind]}
        return {CONF_NAME: self._get_reconfigure_subentry().title, **self._stored()}

    def _problems(self, form: Form, entered: Mapping[str, Any]) -> Iterator[FieldProblem]:
        problems = form.problems(entered)
        yield from problems
        values = sound(entered, problems)
        if values.get(CONF_NAME, "").casefold() in {title.casefold() for title in self._other_titles()}:
            yield FieldProblem(CONF_NAME, "name_in_use")
        if not problems:
            try:
                check_device(self.kind, values)
            except InvalidSiteError as err:
                yield FieldProblem(key_of(err.field), f"invalid_{err.field}")
        if not self._simulated:
            yield from self._entity_problems(values)

    def _entity_problems(self, values: Mapping[str, Any]) -> Iterator[FieldProblem]:
        yield from e.entity_problems(self.hass, self.entities, values)
        taken = self._taken()
        for key in self.exclusive & values.keys():
            for entity in e.chosen(values[key]):
                if entity in taken:
                    yield FieldProblem(key, "entity_in_use", {"entity": entity, "device": taken[entity]})

    def _other_titles(self) -> Iterator[str]:
        own = self.context.get("subentry_id")
        for subentry in self._get_entry().get_subentries_of_type(self.kind):
            if subentry.subentry_id != own:
                yield subentry.title

    def _taken(self) -> dict[str, str]:
        """Return the entities that stand for another device of this kind, on any site, and that device's name."""
        own = self.context.get("subentry_id")
        return {
            entity: subentry.title
            for entry in self.hass.config_entries.async_entries(c.DOMAIN)
            for subentry in entry.get_subentries_of_type(self.kind)
            if subentry.subentry_id != own
            for key in self.exclusive & subentry.data.keys()
            for entity in e.chosen(subentry.data[key])
        }

    def _signed(self, keys: Iterable[str], values: Mapping[str, Any], error: str) -> Iterator[FieldProblem]:
        """Yield the numbers that go below zero where only positive ones are meant."""
        for key in keys:
            for entity in e.chosen(values.get(key)):
                if e.is_signed(self.hass, entity):
                    yield FieldProblem(key, error, {"entity": entity})

    def _default(self, key: str) -> Any:
        return DEFAULTS[self.kind][key]


class BatteryFlow(DeviceFlow):
    """A battery."""

    kind = c.SUBENTRY_BATTERY
    entities: ClassVar = {
        c.CONF_SOC: e.SOC,
        c.CONF_VOLTAGE: e.VOLTAGE,
        c.CONF_BATTERY_POWER: e.POWER,
        c.CONF_BATTERY_CHARGE_POWER: e.POWER,
        c.CONF_TEMPERATURE: e.TEMPERATURE,
    }
    exclusive = frozenset({c.CONF_SOC, c.CONF_VOLTAGE, c.CONF_BATTERY_POWER, c.CONF_BATTERY_CHARGE_POWER})

    @override
    def _fields(self) -> Fields:
        fields: Fields = {
            needed(c.CONF_CAPACITY_KWH): number("kWh", low=0.1),
            needed(c.CONF_MAX_CHARGE_KW): number("kW", low=0),
            needed(c.CONF_MAX_DISCHARGE_KW): number("kW", low=0),
        }
        levels = (c.CONF_MIN_SOC_PCT, c.CONF_MAX_SOC_PCT, c.CONF_RESERVE_SOC_PCT)
        fields |= {preset(key, self._default(key)): percent() for key in levels}
        if self._simulated:
            return fields
        fields |= self._mapping()
        fields[preset(c.CONF_BATTERY_POWER_INVERTED, False)] = BooleanSelector()
        if inverters := self._get_entry().get_subentries_of_type(c.SUBENTRY_INVERTER):
            choices = [SelectOptionDict(value=s.subentry_id, label=s.title) for s in inverters]
            fields[optional(c.CONF_INVERTER)] = SelectSelector(SelectSelectorConfig(options=choices))
            fields[preset(c.CONF_DC_COUPLED, True)] = BooleanSelector()
        return fields

    @override
    def _sections(self) -> dict[str, Fields]:
        losses = (c.CONF_CHARGE_EFFICIENCY_PCT, c.CONF_DISCHARGE_EFFICIENCY_PCT)
        return {
            "wear": {
                **{preset(key, self._default(key)): number("%", low=1, high=100) for key in losses},
                preset(c.CONF_WEAR_PER_KWH, self._default(c.CONF_WEAR_PER_KWH)): number(low=0),
                preset(c.CONF_MIN_CHARGE_TEMPERATURE, self._default(c.CONF_MIN_CHARGE_TEMPERATURE)): number(
                    "°C", low=-50, high=50
                ),
            }
        }

    @override
    def _before(self) -> dict[str, Any]:
        before = super()._before()
        if before.get(c.CONF_INVERTER) not in self._get_entry().subentries:
            before.pop(c.CONF_INVERTER, None)
        # What a battery without a reserve of its own is read as.
        before.setdefault(c.CONF_RESERVE_SOC_PCT, before.get(c.CONF_MIN_SOC_PCT))
        return before

    @override
    def _entity_problems(self, values: Mapping[str, Any]) -> Iterator[FieldProblem]:
        if not values.keys() & {c.CONF_SOC, c.CONF_VOLTAGE}:
            yield FieldProblem(c.CONF_SOC, "soc_or_voltage")
        yield from super()._entity_problems(values)
        yield from e.both_ways_problems(
            values, c.CONF_BATTERY_POWER, c.CONF_BATTERY_CHARGE_POWER, inverted=c.CONF_BATTERY_POWER_INVERTED
        )


class InverterFlow(DeviceFlow):
    """An inverter, and which option of its select stands for which mode of its batteries."""

    kind = c.SUBENTRY_INVERTER
    entities: ClassVar = {
        c.CONF_SOLAR_POWER: e.POWER,
        c.CONF_WORK_MODE: e.SELECT,
        c.CONF_CHARGE_POWER: e.SET_POINT,
        c.CONF_DISCHARGE_POWER: e.SET_POINT,
        c.CONF_EXPORT_LIMIT: e.SET_POINT,
    }
    exclusive = frozenset(entities) - {c.CONF_SOLAR_POWER}

    @override
    def _fields(self) -> Fields:
        return {
            needed(c.CONF_AC_LIMIT_KW): number("kW", low=0.1),
            preset(c.CONF_SOLAR_SHARE_PCT, self._default(c.CONF_SOLAR_SHARE_PCT)): percent(),
            **self._mapping(),
            optional(c.CONF_LEFT_AS): options("inverter_left_as", LeftAs),
        }

    @override
    def _sections(self) -> dict[str, Fields]:
        if self._simulated:
            return {}
        directions = (BatteryMode.CHARGE, BatteryMode.DISCHARGE)
        return {
            "commands": {
                **_TAKING_COMMANDS,
                optional(c.CONF_SET_POINT_ORDER): options("set_point_order", SetPointOrder),
                optional(c.CONF_POSITIVE_MEANS): options("positive_means", directions),
            }
        }

    @override
    def _entity_problems(self, values: Mapping[str, Any]) -> Iterator[FieldProblem]:
        problems = [*super()._entity_problems(values)]
        yield from problems
        charge, discharge = (values.get(key) for key in (c.CONF_CHARGE_POWER, c.CONF_DISCHARGE_POWER))
        if charge != discharge:
            yield from self._signed((c.CONF_CHARGE_POWER, c.CONF_DISCHARGE_POWER), values, "signed_power")
        yield from self._signed((c.CONF_EXPORT_LIMIT,), values, "signed_limit")
        select = values.get(c.CONF_WORK_MODE)
        if select and not self._choices(select) and c.CONF_WORK_MODE not in {problem.key for problem in problems}:
            yield FieldProblem(c.CONF_WORK_MODE, "no_options", {"entity": select})

    @override
    async def _async_next(self) -> SubentryFlowResult:
        if self._simulated:
            return self._finish()
        if c.CONF_WORK_MODE in self._data:
            return await self.async_step_modes()
        self._data.pop(c.CONF_WORK_MODE_OPTIONS, None)
        return self._finish()

    async def async_step_modes(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Say which option of the select stands for which battery mode; self-consumption is where it is safe."""
        choices = self._choices(self._data[c.CONF_WORK_MODE])
        selector = SelectSelector(SelectSelectorConfig(options=choices, mode=SelectSelectorMode.DROPDOWN))
        form = Form(
            {
                needed(mode.value) if mode is BatteryMode.SELF_CONSUMPTION else optional(mode.value): selector
                for mode in BatteryMode
            }
        )
        placeholders = {"select": self._data[c.CONF_WORK_MODE]}
        if user_input is None:
            before = {**_same_words(choices), **self._data.get(c.CONF_WORK_MODE_OPTIONS, {})}
            known = {mode: option for mode, option in before.items() if option in choices}
            return form.show(self, "modes", known, placeholders=placeholders)
        if problems := [*form.problems(user_input), *self._mode_problems(user_input)]:
            return form.show(self, "modes", user_input, problems, placeholders)
        self._data[c.CONF_WORK_MODE_OPTIONS] = user_input
        return self._finish()

    def _mode_problems(self, modes: Mapping[str, str]) -> Iterator[FieldProblem]:
        """Modes may share an option only where a set-point tells them apart. Self-consumption must work without any."""
        for forced in (BatteryMode.CHARGE, BatteryMode.DISCHARGE):
            if (option := modes.get(forced)) and option == modes.get(BatteryMode.SELF_CONSUMPTION):
                yield FieldProblem(forced, "option_of_self_consumption", {"option": option})
        charge, discharge = (self._data.get(key) for key in (c.CONF_CHARGE_POWER, c.CONF_DISCHARGE_POWER))
        if charge and discharge and (charge != discharge or e.is_signed(self.hass, charge)):
            return
        seen: dict[str, str] = {}
        for mode, option in modes.items():
            if option in seen:
                yield FieldProblem(mode, "option_twice", {"option": option})
            seen[option] = mode

    def _choices(self, select: str) -> list[str]:
        return [*((e.attributes_of(self.hass, select) or {}).get("options") or ())]


def _same_words(choices: list[str]) -> dict[str, str]:
    """Return the options that are called as the battery modes are."""
    words = {option.casefold().replace(" ", "_").replace("-", "_"): option for option in choices}
    return {mode.value: words[mode.value] for mode in BatteryMode if mode.value in words}


class MinerFlow(DeviceFlow):
    """A miner, or a group of identical ones."""

    kind = c.SUBENTRY_MINER
    entities: ClassVar = {
        c.CONF_SWITCHES: e.SWITCH,
        c.CONF_POWER_LIMITS: e.SET_POINT,
        c.CONF_MINER_POWER: e.POWER,
        c.CONF_HASHRATE: e.HASHRATE,
        c.CONF_TEMPERATURE: e.TEMPERATURE,
        c.CONF_INTERLOCK: e.ON_OR_OFF,
    }
    exclusive = frozenset({c.CONF_SWITCHES, c.CONF_POWER_LIMITS})

    @override
    def _fields(self) -> Fields:
        fields: Fields = {
            preset(c.CONF_COUNT, self._default(c.CONF_COUNT)): number(low=1, high=1000, step=1),
            needed(c.CONF_LEVELS, "invalid_levels"): table(
                "levels",
                {c.ROW_POWER_W: number("W", low=1), c.ROW_HASHRATE_THS: number("TH/s", low=0)},
                label=c.ROW_POWER_W,
                description=c.ROW_HASHRATE_THS,
            ),
            preset(c.CONF_PRIORITY, self._default(c.CONF_PRIORITY)): number(low=1, high=100, step=1),
        }
        if not self._simulated:
            fields |= self._mapping()
            fields[preset(CONF_ADVICE_ONLY, False)] = BooleanSelector()
        fields[optional(c.CONF_LEFT_AS)] = options("miner_left_as", (LeftAs.OFF, LeftAs.AS_IT_IS))
        return fields

    @override
    def _mapping(self) -> Fields:
        return {**e.entity_fields(self.entities, multiple=True), **_SILENCE}

    @override
    def _sections(self) -> dict[str, Fields]:
        windows = table(
            "windows",
            {c.ROW_FROM: TimeSelector(), c.ROW_TO: TimeSelector()},
            label=c.ROW_FROM,
            description=c.ROW_TO,
        )

        def _set(key: str) -> Any:
            return preset(key, self._default(key))

        return {
            "conditions": {
                optional(c.CONF_START_SOC_PCT): percent(),
                optional(c.CONF_STOP_SOC_PCT): percent(),
                _set(c.CONF_SURPLUS_ONLY): BooleanSelector(),
                _set(c.CONF_SURPLUS_MARGIN_W): number("W", low=0),
                optional(c.CONF_MAX_TEMPERATURE): number("°C", low=0, high=150),
            },
            "times": {
                _set(c.CONF_MIN_RUN_MIN): number("min", low=0),
                _set(c.CONF_MIN_PAUSE_MIN): number("min", low=0),
                optional(c.CONF_MAX_STARTS): number(low=0, step=1),
                _set(c.CONF_MIN_HOURS): number("h", low=0, high=24),
                _set(c.CONF_MAX_HOURS): number("h", low=0, high=24),
                optional(c.CONF_WINDOWS): windows,
            },
            "worth": {
                _set(c.CONF_START_COST): number(low=0),
                _set(c.CONF_HEAT_VALUE_PER_KWH): number(low=0),
            },
            **({} if self._simulated else {"commands": _TAKING_COMMANDS}),
        }

    @override
    def _before(self) -> dict[str, Any]:
        advice_only = self.source == SOURCE_RECONFIGURE and not self._stored().get(c.CONF_SWITCHES)
        return {**super()._before(), CONF_ADVICE_ONLY: advice_only}

    @override
    async def _async_next(self) -> SubentryFlowResult:
        self._data.pop(CONF_ADVICE_ONLY, None)
        return self._finish()

    @override
    def _entity_problems(self, values: Mapping[str, Any]) -> Iterator[FieldProblem]:
        count = int(values.get(c.CONF_COUNT, 0))
        if not values.get(c.CONF_SWITCHES) and not values[CONF_ADVICE_ONLY]:
            yield FieldProblem(c.CONF_SWITCHES, "switch_needed")
        for key, error in ((c.CONF_SWITCHES, "switches_per_unit"), (c.CONF_POWER_LIMITS, "limits_per_unit")):
            if count and (chosen := values.get(key)) and len(set(chosen)) != count:
                yield FieldProblem(key, error, {"count": str(count), "chosen": str(len(set(chosen)))})
        problems = [*super()._entity_problems(values), *self._signed((c.CONF_POWER_LIMITS,), values, "signed_limit")]
        yield from problems
        if c.CONF_POWER_LIMITS not in {problem.key for problem in problems}:
            yield from self._level_problems(values)

    def _level_problems(self, values: Mapping[str, Any]) -> Iterator[FieldProblem]:
        """Every level must lie within what each power limit takes; several levels need such limits."""
        if c.CONF_LEVELS not in values:
            return
        try:
            levels = miner_of("", values, "").levels
        except InvalidSiteError:
            return
        limits = values.get(c.CONF_POWER_LIMITS, ())
        if len(levels) > 1 and values.get(c.CONF_SWITCHES) and not limits:
            yield FieldProblem(c.CONF_POWER_LIMITS, "levels_need_limits")
        for entity in limits:
            low, high = self._range(entity)
            if low is not None and high is not None and not low <= levels[0].power_w <= levels[-1].power_w <= high:
                yield FieldProblem(
                    c.CONF_LEVELS, "level_outside_limit", {"entity": entity, "low": f"{low:g}", "high": f"{high:g}"}
                )

    def _range(self, entity: str) -> tuple[float | None, float | None]:
        """Return what a power limit takes, in W; None where it does not say."""
        attributes = e.attributes_of(self.hass, entity) or {}

        def _watts(name: str) -> float | None:
            value = number_in(attributes.get(name))
            return None if value is None else watts_of(value, attributes.get("unit_of_measurement"))

        return _watts("min"), _watts("max")


DEVICE_FLOWS: Final[dict[str, type[ConfigSubentryFlow]]] = {
    flow.kind: flow for flow in (BatteryFlow, InverterFlow, MinerFlow)
}
