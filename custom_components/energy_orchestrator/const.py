"""Names that many rooms share: the domain, the log, the keys of stored settings.

Stored settings keep the units a person reads (%, kW, kWh, minutes); the key's ending says which. `settings.py` is the
only place that turns them into the model's W, Wh, hours and fractions.
"""

from logging import Logger, getLogger
from typing import Final

DOMAIN: Final = "energy_orchestrator"
MANUFACTURER: Final = "Energy Orchestrator"
LOGGER: Logger = getLogger(__package__)

SUBENTRY_BATTERY: Final = "battery"
SUBENTRY_INVERTER: Final = "inverter"
SUBENTRY_MINER: Final = "miner"

# Site: the connection (entry data)
CONF_SIMULATED_SITE: Final = "simulated_site"
CONF_SIMULATION_SERIES: Final = "simulation_series"
CONF_CONNECTED: Final = "connected"
CONF_MAX_IMPORT_KW: Final = "max_import_kw"
CONF_MAX_EXPORT_KW: Final = "max_export_kw"
CONF_EXPORT_ALLOWED: Final = "export_allowed"
CONF_GRID_CHARGING: Final = "grid_charging"
CONF_BATTERY_EXPORT: Final = "battery_export"

# Site: prices. A number is a fixed price, a text is an entity, a list is a time-of-use table of
# {"from": "HH:MM:SS", "to": "HH:MM:SS", "price": number}; all in the site's currency per kWh.
CONF_IMPORT_PRICE: Final = "import_price"
CONF_EXPORT_PRICE: Final = "export_price"
# A number or an entity: currency per TH/s and day, net of the pool's fee.
CONF_HASHPRICE: Final = "hashprice"

# Site: readings and what forecasts need
CONF_SOLAR_POWER: Final = "solar_power"
CONF_LOAD_POWER: Final = "load_power"
CONF_LOAD_INCLUDES_MINERS: Final = "load_includes_miners"
CONF_LOAD_POWER_INVERTED: Final = "load_power_inverted"
CONF_GRID_POWER: Final = "grid_power"
CONF_GRID_POWER_INVERTED: Final = "grid_power_inverted"
CONF_GRID_EXPORT_POWER: Final = "grid_export_power"
CONF_GRID_THERE: Final = "grid_there"
CONF_WEATHER: Final = "weather"
CONF_SOLAR_PEAK_KW: Final = "solar_peak_kw"
CONF_SOLAR_TILT: Final = "solar_tilt"
CONF_SOLAR_AZIMUTH: Final = "solar_azimuth"

# Site: options
CONF_MODE: Final = "mode"
CONF_STRATEGY: Final = "strategy"
CONF_INTERVAL_MIN: Final = "interval_min"
CONF_STALE_MIN: Final = "stale_min"  # of a device too, where it has a limit of its own
CONF_GRACE_MIN: Final = "grace_min"
CONF_OVERRIDE_H: Final = "override_h"
CONF_FALLBACK_AGENT: Final = "fallback_agent"
# One number (flat) or 24 (one per local hour), W without miners.
CONF_LOAD_PROFILE_W: Final = "load_profile_w"

# Battery
CONF_CAPACITY_KWH: Final = "capacity_kwh"
CONF_MAX_CHARGE_KW: Final = "max_charge_kw"
CONF_MAX_DISCHARGE_KW: Final = "max_discharge_kw"
CONF_CHARGE_EFFICIENCY_PCT: Final = "charge_efficiency_pct"
CONF_DISCHARGE_EFFICIENCY_PCT: Final = "discharge_efficiency_pct"
CONF_MIN_SOC_PCT: Final = "min_soc_pct"
CONF_MAX_SOC_PCT: Final = "max_soc_pct"
CONF_RESERVE_SOC_PCT: Final = "reserve_soc_pct"
CONF_WEAR_PER_KWH: Final = "wear_per_kwh"
CONF_MIN_CHARGE_TEMPERATURE: Final = "min_charge_temperature"
CONF_INVERTER: Final = "inverter"
CONF_DC_COUPLED: Final = "dc_coupled"
CONF_SOC: Final = "soc"
CONF_VOLTAGE: Final = "voltage"
CONF_BATTERY_POWER: Final = "battery_power"
CONF_BATTERY_POWER_INVERTED: Final = "battery_power_inverted"
CONF_BATTERY_CHARGE_POWER: Final = "battery_charge_power"
CONF_TEMPERATURE: Final = "temperature"

# Inverter
CONF_AC_LIMIT_KW: Final = "ac_limit_kw"
CONF_SOLAR_SHARE_PCT: Final = "solar_share_pct"
CONF_WORK_MODE: Final = "work_mode"
CONF_WORK_MODE_OPTIONS: Final = "work_mode_options"  # {battery mode: the select's option}
CONF_CHARGE_POWER: Final = "charge_power"
CONF_DISCHARGE_POWER: Final = "discharge_power"
CONF_EXPORT_LIMIT: Final = "export_limit"
CONF_POSITIVE_MEANS: Final = "positive_means"  # of one signed set-point for both directions: charge or discharge
CONF_SET_POINT_ORDER: Final = "set_point_order"  # before the mode, after it, or both

# Inverter and miner: how their integration takes commands.
CONF_RENEW_MIN: Final = "renew_min"
CONF_POLL_S: Final = "poll_s"
# Inverter and miner: how it is left when control ends.
CONF_LEFT_AS: Final = "left_as"

# Rows of tables: time-of-use prices, load profile, miners' levels and windows.
ROW_FROM: Final = "from"
ROW_TO: Final = "to"
ROW_PRICE: Final = "price"
ROW_POWER_W: Final = "power_w"
ROW_HASHRATE_THS: Final = "hashrate_ths"

# Miner. `levels` is a list of {"power_w": number, "hashrate_ths": number}; `windows` of {"from": time, "to": time}.
# Entity lists hold one entity per unit of a group, in the same order.
CONF_COUNT: Final = "count"
CONF_LEVELS: Final = "levels"
CONF_PRIORITY: Final = "priority"
CONF_MIN_RUN_MIN: Final = "min_run_min"
CONF_MIN_PAUSE_MIN: Final = "min_pause_min"
CONF_START_COST: Final = "start_cost"
CONF_MAX_STARTS: Final = "max_starts"
CONF_MIN_HOURS: Final = "min_hours"
CONF_MAX_HOURS: Final = "max_hours"
CONF_WINDOWS: Final = "windows"
CONF_START_SOC_PCT: Final = "start_soc_pct"
CONF_STOP_SOC_PCT: Final = "stop_soc_pct"
CONF_SURPLUS_ONLY: Final = "surplus_only"
CONF_SURPLUS_MARGIN_W: Final = "surplus_margin_w"
CONF_HEAT_VALUE_PER_KWH: Final = "heat_value_per_kwh"
CONF_MAX_TEMPERATURE: Final = "max_temperature"
CONF_SWITCHES: Final = "switches"
CONF_POWER_LIMITS: Final = "power_limits"
CONF_MINER_POWER: Final = "miner_power"
CONF_HASHRATE: Final = "hashrate"
CONF_INTERLOCK: Final = "interlock"

# Settings the entities of this integration change at run time: a change of these alone replans, any other reloads.
RUNTIME_OPTIONS: Final = frozenset({CONF_FALLBACK_AGENT, CONF_MODE, CONF_STRATEGY})
RUNTIME_DEVICE_SETTINGS: Final = frozenset({CONF_RESERVE_SOC_PCT, CONF_START_SOC_PCT, CONF_STOP_SOC_PCT})
