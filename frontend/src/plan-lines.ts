/** What each panel of the plan card draws. */

import { type Drawn, LEFT, RIGHT } from "./panel";
import { type Picture, ticks, type Value } from "./picture";
import type { Text } from "./text";

export const HEIGHTS = { price: 84, power: 150, level: 96 } as const;

const only = (values: Value[], side: (kw: number, zero: number) => number): Value[] =>
  values.map((kw) => (kw === null ? null : side(kw, 0)));

export function planLines(cells: Picture, width: number, text: Text): Record<keyof typeof HEIGHTS, Drawn> {
  const edges = [...cells.start, cells.end.at(-1)!];
  const grid = ticks(edges[0]!, edges.at(-1)!, width - LEFT - RIGHT, (at) => text.clock(at)).map(({ at }) => at);
  const powers = [...cells.solar, ...cells.load, ...cells.grid].map((kw) => Math.abs(kw ?? 0));
  const digits = Math.max(...powers) < 5 ? 1 : 0;
  return {
    price: {
      edges,
      grid,
      label: (value) => text.number(value, 2),
      lines: [
        { values: cells.importPrice, color: "--eo-price" },
        { values: cells.energyPrice, color: "--eo-worth", dash: [5, 3] },
      ],
    },
    power: {
      edges,
      grid,
      least: 0,
      most: 1,
      label: (value) => text.number(value, digits),
      band: [0, 1],
      lines: [
        { values: cells.solarLow, color: "--eo-solar", width: 0 },
        { values: cells.solarHigh, color: "--eo-solar", width: 0 },
        { values: cells.solar, color: "--eo-solar", fill: true },
        { values: cells.load, color: "--eo-load", width: 1.25 },
        { values: cells.grid, color: "--eo-grid", dash: [4, 2] },
      ],
    },
    level: {
      edges,
      grid,
      least: 0,
      most: 100,
      label: (value) => text.number(value, 0),
      lines: [
        { values: only(cells.battery, Math.max), color: "--eo-discharge", bars: true, scale: "side" },
        { values: only(cells.battery, Math.min), color: "--eo-charge", bars: true, scale: "side" },
        { values: cells.level, color: "--eo-load", width: 2, smooth: true },
      ],
    },
  };
}
