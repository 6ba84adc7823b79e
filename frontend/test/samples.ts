/** A small site with a plan of four slots, for tests. */

import type { Hass, Site } from "../src/ha";

export const START = Date.UTC(2026, 5, 20, 8) / 1000;
const iso = (at: number): string => new Date(at * 1000).toISOString();

export function site(changes: Partial<Site> = {}): Site {
  const start = [0, 300, 600, 1500].map((after) => START + after);
  return {
    entry_id: "entry",
    title: "Farm",
    state: "loaded",
    entities: { mode: "select.farm_mode" },
    devices: [
      { id: "inverter", kind: "inverter", name: "Hybrid", device_id: "d0", entities: {} },
      { id: "battery", kind: "battery", name: "Battery", device_id: "d1", entities: {}, capacity_kwh: 15, reserve_soc: 25 },
      { id: "small", kind: "battery", name: "Small", device_id: "d2", entities: {}, capacity_kwh: 5, reserve_soc: 25 },
      { id: "miner", kind: "miner", name: "Miner", device_id: "d3", entities: {}, count: 1, least_kw: 2, most_kw: 4 },
    ],
    at: iso(START),
    mode: "monitor",
    strategy: "balanced",
    currency: "EUR",
    interval_s: 300,
    max_import_kw: 15,
    measured: { solar_kw: 6.2, load_kw: 0.9, grid_kw: -1.3, batteries: {}, miners: {} },
    decisions: [],
    changes: [],
    overrides: [],
    health: { status: "optimal", created: iso(START), failure: null, planless_since: null, troubles: [], aside: [] },
    plan: {
      status: "optimal",
      created: iso(START),
      end: iso(START + 2400),
      currency: "EUR",
      cost: { total: 1 },
      runs: [
        {
          id: "battery",
          device: "Battery",
          kind: "charge",
          start: iso(START),
          end: iso(START + 600),
          power_kw: 3,
          energy_kwh: 0.5,
          reason: "storing_surplus",
        },
      ],
      slots: {
        start,
        end: [...start.slice(1), START + 2400],
        solar_kw: [6, 6, 5, 4],
        curtailed_kw: [0, 0, 0, 0],
        load_kw: [1, 1, 1, 1],
        grid_kw: [-1, 0, 0, 1],
        import_price: [0.3, 0.3, 0.2, 0.2],
        export_price: [0.08, 0.08, 0.08, 0.08],
        energy_price: [0.1, 0.1, 0.15, 0.15],
        batteries: {
          battery: { power_kw: [-3, -3, 0, 1], soc: [40, 41, 41, 40], mode: [] },
          small: { power_kw: [-1, 0, 0, 0], soc: [80, 81, 81, 80], mode: [] },
        },
        miners: { miner: { power_kw: [0, 2, 2, 4], units: [0, 1, 1, 1] } },
      },
    },
    ...changes,
  };
}

export function reader(language: string, more: Partial<Hass["locale"]> = {}): Pick<Hass, "language" | "locale" | "config"> {
  return {
    language,
    locale: { language, number_format: "language", time_format: "language", time_zone: "server", ...more },
    config: { time_zone: "Europe/Berlin", currency: "EUR" },
  };
}
