/** What was measured in the last hours, from the recorder, as far as the reader may see it and it is kept. */

import type { Hass, Site } from "./ha";
import { means, PAST_STEP_S, type Past, type Sample, type Series } from "./picture";

/** Which entity of ours shows a series, and how many of its units are one of the picture's. */
const ENTITIES: { series: Series; key: string; of: "site" | "battery" }[] = [
  { series: "solar", key: "solar_power", of: "site" },
  { series: "load", key: "load_power", of: "site" },
  { series: "grid", key: "grid_power", of: "site" },
  { series: "importPrice", key: "import_price", of: "site" },
  { series: "energyPrice", key: "energy_price", of: "site" },
  { series: "battery", key: "battery_power", of: "battery" },
  { series: "level", key: "soc", of: "battery" },
];

type Row = { s?: string; lu?: number; lc?: number };

/** Without an inverter the site itself shows what is measured; of several batteries there is no one past. */
function entities(site: Site): Partial<Record<Series, string>> {
  const found: Partial<Record<Series, string>> = {};
  const inverters = site.devices.filter((device) => device.kind === "inverter");
  const batteries = site.devices.filter((device) => device.kind === "battery");
  for (const { series, key, of } of ENTITIES) {
    const inverter = inverters.length === 1 || key !== "solar_power" ? inverters[0]?.entities[key] : undefined;
    const entity =
      of === "site"
        ? (site.entities[key] ?? inverter)
        : batteries.length === 1
          ? batteries[0]?.entities[key]
          : undefined;
    if (entity) found[series] = entity;
  }
  return found;
}

export async function past(hass: Hass, site: Site, from: number, steps: number): Promise<Past> {
  const ids = entities(site);
  const asked = Object.values(ids);
  if (asked.length === 0 || steps === 0) return { from, series: {} };
  const rows = await hass.callWS<Record<string, Row[]>>({
    type: "history/history_during_period",
    start_time: new Date(from * 1000).toISOString(),
    end_time: new Date((from + steps * PAST_STEP_S) * 1000).toISOString(),
    entity_ids: asked,
    include_start_time_state: true,
    significant_changes_only: false,
    minimal_response: true,
    no_attributes: true,
  });
  const found: Past["series"] = {};
  for (const [series, id] of Object.entries(ids) as [Series, string][]) {
    const unit = hass.states[id]?.attributes["unit_of_measurement"];
    const factor = unit === "W" ? 0.001 : 1;
    found[series] = means(samples(rows[id] ?? [], factor), from, steps);
  }
  return known({ from, series: found }, steps);
}

/** Leave away what is before anything was measured. */
function known({ from, series }: Past, steps: number): Past {
  const lists = Object.values(series);
  const cells = Array.from({ length: steps }, (_, cell) => cell);
  const first = cells.find((cell) => lists.some((values) => values[cell] !== null)) ?? steps;
  const left = Object.entries(series).map(([name, values]) => [name, values.slice(first)]);
  return { from: from + first * PAST_STEP_S, series: Object.fromEntries(left) as Past["series"] };
}

function samples(rows: Row[], factor: number): Sample[] {
  return rows
    .map((row) => ({ at: row.lc ?? row.lu ?? 0, value: Number.parseFloat(row.s ?? "") * factor }))
    .map(({ at, value }) => ({ at, value: Number.isFinite(value) ? value : null }));
}
