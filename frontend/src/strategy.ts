/** A whole dashboard of a site, made of what the site has. */

import type { Device, Hass, Place } from "./ha";
import { textOf, type Text } from "./text";

interface Config {
  entry_id?: string;
}

type Card = Record<string, unknown>;

const CARD = "custom:energy-orchestrator";

class DashboardStrategy extends HTMLElement {
  static async generate(config: Config, hass: Hass): Promise<object> {
    const text = textOf(hass);
    const sites = await hass.callWS<Place[]>({ type: "energy_orchestrator/sites" });
    const site = config.entry_id ? sites.find((one) => one.entry_id === config.entry_id) : sites[0];
    if (!site) return { views: [{ title: text.say("view_overview"), cards: [markdown(text.say("no_site"))] }] };
    return { title: site.title, views: [overview(site, text), devices(site, text), money(site, text)] };
  }
}

const markdown = (content: string): Card => ({ type: "markdown", content });

const section = (cards: Card[], more: object = {}): object => ({ type: "grid", cards, ...more });

/** An entity's name without its device's: what stands beside it says whose it is. */
const SHORT = { type: "entity" };

const tile = (entity: string, name?: object): Card => ({ type: "tile", entity, name, grid_options: { columns: 12 } });

const heading = (title: string): Card => ({ type: "heading", heading: title });

const card = (kind: string, site: Place, more: object = {}): Card => ({
  type: `${CARD}-${kind}-card`,
  entry_id: site.entry_id,
  ...more,
});

const deviceCard = (site: Place, device: Device): Card =>
  card("device", site, { device: device.id, grid_options: { columns: 12 } });

function overview(site: Place, text: Text): object {
  const of = (kind: Device["kind"]): Card[] =>
    site.devices.filter((device) => device.kind === kind).map((device) => deviceCard(site, device));
  return {
    title: text.say("view_overview"),
    path: "overview",
    icon: "mdi:home-lightning-bolt",
    type: "sections",
    max_columns: 3,
    dense_section_placement: true,
    sections: [
      section([card("now", site, { grid_options: { columns: "full" } }), ...of("battery")]),
      section([card("plan", site)], { column_span: 2 }),
      ...of("miner").map((one) => section([one])),
    ],
  };
}

function devices(site: Place, text: Text): object {
  const rows = (device: Device): object[] =>
    Object.entries(device.entities)
      .filter(([key]) => !key.startsWith("simulated_"))
      .map(([, entity]) => ({ entity, name: SHORT }));
  return {
    title: text.say("view_devices"),
    path: "devices",
    icon: "mdi:devices",
    type: "sections",
    max_columns: 3,
    sections: site.devices.map((device) =>
      section([
        deviceCard(site, device),
        { type: "entities", entities: rows(device), grid_options: { columns: "full" } },
      ]),
    ),
  };
}

function money(site: Place, text: Text): object {
  const of = (keys: string[]): Card[] =>
    keys.flatMap((key) => (site.entities[key] ? [tile(site.entities[key], SHORT)] : []));
  const mined = site.devices.flatMap((device) => device.entities["revenue_today"] ?? []);
  const prices = ["import_price", "energy_price"].flatMap((key) => site.entities[key] ?? []);
  return {
    title: text.say("view_money"),
    path: "money",
    icon: "mdi:cash-multiple",
    type: "sections",
    max_columns: 3,
    sections: [
      section([
        heading(text.say("money_today")),
        ...of(["cost_today"]),
        ...mined.map((entity) => tile(entity)),
        heading(text.say("money_ahead")),
        ...of(["expected_cost_today", "expected_saving", "expected_import_today", "expected_export_today"]),
      ]),
      section([card("what-if", site, { grid_options: { columns: "full" } })]),
      ...(prices.length
        ? [section([heading(text.say("price")), { type: "history-graph", entities: prices, hours_to_show: 48 }])]
        : []),
      ...(mined.length
        ? [
            section([
              heading(text.say("money_mined")),
              { type: "statistics-graph", entities: mined, period: "day", days_to_show: 14, stat_types: ["change"], chart_type: "bar" },
            ]),
          ]
        : []),
    ],
  };
}

customElements.define("ll-strategy-dashboard-energy-orchestrator", DashboardStrategy);
