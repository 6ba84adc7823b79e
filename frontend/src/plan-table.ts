/** The plan in numbers: what one cell of the picture tells, and all of them by the hour. */

import { html, type TemplateResult } from "lit";
import type { Site } from "./ha";
import { hours, minersOf, type Picture, type Series, type Value } from "./picture";
import type { Key, Text } from "./text";

export interface Shown {
  name: string;
  value: string;
  /** The custom property of the colour it is drawn in, and whether as a dashed line. */
  color: string;
  line?: boolean;
}

const TABLE: [Key, Series][] = [
  ["price", "importPrice"],
  ["worth", "energyPrice"],
  ["sun", "solar"],
  ["house", "load"],
  ["grid", "grid"],
  ["battery", "battery"],
  ["level", "level"],
];

/** What a cell tells, each value with its name and the colour it is drawn in. */
export function shown(site: Site, cells: Picture, cell: number, text: Text): Shown[] {
  const { currency, devices, plan } = site;
  const [grid, battery] = [cells.grid[cell] ?? null, cells.battery[cell] ?? null];
  const price = (value: Value = null): string => (value === null ? "–" : text.price(value, currency));
  const way = (value: Value, more: Key, less: Key): string =>
    value === null || Math.abs(value) < 0.005 ? text.kw(value === null ? null : 0) : `${text.say(value > 0 ? more : less)} ${text.kw(Math.abs(value))}`;
  const [low, high] = [cells.solarLow[cell] ?? null, cells.solarHigh[cell] ?? null];
  const band =
    low !== null && high !== null && high - low > 0.01
      ? ` (${text.say("between", { low: text.kw(low), high: text.kw(high) })})`
      : "";
  const found: Shown[] = [
    { name: text.say("price"), value: price(cells.importPrice[cell]), color: "--eo-price" },
    { name: text.say("worth"), value: price(cells.energyPrice[cell]), color: "--eo-worth", line: true },
    { name: text.say("sun"), value: text.kw(cells.solar[cell]) + band, color: "--eo-solar" },
    { name: text.say("house"), value: text.kw(cells.load[cell]), color: "--eo-load" },
    { name: text.say("grid"), value: way(grid, "buying", "selling"), color: "--eo-grid", line: true },
  ];
  if (devices.some((device) => device.kind === "battery")) {
    const color = (battery ?? 0) < 0 ? "--eo-charge" : "--eo-discharge";
    const level = text.percent(cells.level[cell]);
    found.push({ name: text.say("battery"), value: `${way(battery, "discharging", "charging")}, ${level}`, color });
  }
  const slot = cell - cells.past + ((plan?.slots.start.length ?? 0) - (cells.start.length - cells.past));
  for (const device of devices) {
    const kw = cell >= cells.past ? plan?.slots.miners[device.id]?.power_kw[slot] : undefined;
    if (kw !== undefined) {
      found.push({ name: device.name, value: kw > 0 ? text.kw(kw) : text.say("off"), color: "--eo-miner" });
    }
  }
  return found;
}

/** A table of the same as the picture, by the hour: for who cannot see it, and who wants to read numbers. */
export function planTable(site: Site, cells: Picture, now: number, text: Text, seen: boolean): TemplateResult {
  const show = (name: Series, value: Value): string =>
    value === null
      ? "–"
      : name === "level"
        ? text.percent(value)
        : name === "importPrice" || name === "energyPrice"
          ? text.number(value, 3)
          : text.number(value, 2);
  return html`<div class=${seen ? "table" : "unseen"}>
    <table>
      <caption>
        ${text.say("table_caption")}
      </caption>
      <thead>
        <tr>
          <th scope="col">${text.say("time")}</th>
          ${TABLE.map(([key]) => html`<th scope="col">${text.say(key)}</th>`)}
          <th scope="col">${text.say("miners")}</th>
        </tr>
      </thead>
      <tbody>
        ${hours(cells, minersOf(site, cells)).map(
          (hour) =>
            html`<tr class=${hour.past ? "quiet" : ""}>
              <th scope="row">${text.when(new Date(hour.start * 1000), new Date(now * 1000))}</th>
              ${TABLE.map(([, name]) => html`<td>${show(name, hour.values[name])}</td>`)}
              <td>${hour.miners === null ? "–" : text.number(hour.miners, 2)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
