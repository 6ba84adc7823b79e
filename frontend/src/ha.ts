/** What the cards use of Home Assistant's frontend. */

export interface EntityState {
  entity_id: string;
  state: string;
  attributes: Record<string, unknown>;
  last_updated: string;
}

export interface Connection {
  subscribeMessage<T>(told: (message: T) => void, asked: object): Promise<() => Promise<void>>;
  addEventListener(event: "ready" | "disconnected", listener: () => void): void;
  removeEventListener(event: "ready" | "disconnected", listener: () => void): void;
  connected: boolean;
}

export interface Hass {
  connection: Connection;
  language: string;
  locale: {
    language: string;
    number_format: string;
    time_format: string;
    time_zone: string;
  };
  config: { time_zone: string; currency: string };
  states: Record<string, EntityState>;
  user?: { is_admin: boolean };
  callService(domain: string, service: string, data?: object): Promise<unknown>;
  callWS<T>(asked: object): Promise<T>;
  formatEntityState?(state: EntityState): string;
}

export interface CardConfig {
  type: string;
  entry_id?: string;
  title?: string;
  [key: string]: unknown;
}

/** What the site's websocket tells; times are ISO where they are text, else seconds since 1970. */
export interface Device {
  id: string;
  kind: "battery" | "inverter" | "miner";
  name: string;
  device_id: string | null;
  entities: Record<string, string>;
  capacity_kwh?: number;
  min_soc?: number;
  max_soc?: number;
  reserve_soc?: number;
  count?: number;
  least_kw?: number;
  most_kw?: number;
  writes_today?: number;
}

export interface Why {
  reason: string;
  why: string;
  numbers: string;
  policies: string[];
}

export interface Decision extends Why {
  device: string;
  does: string;
  what: string;
  power_kw: number;
  units?: number;
  target_soc?: number | null;
  until?: string | null;
}

export interface Change extends Why {
  device: string;
  at: string;
  what: string;
}

export interface Override {
  id: string;
  device: string;
  does: string;
  what: string;
  from: string | null;
  until: string;
  in_force: boolean;
  said: string;
  power_kw: number | null;
}

export interface Run {
  id: string;
  device: string;
  kind: "mining" | "charge" | "discharge";
  start: string;
  end: string;
  power_kw: number;
  energy_kwh: number;
  reason: string;
  target_soc?: number;
}

export interface Slots {
  start: number[];
  end: number[];
  solar_kw: number[];
  curtailed_kw: number[];
  load_kw: number[];
  grid_kw: number[];
  import_price: number[];
  export_price: number[];
  energy_price: number[];
  solar_low_kw?: number[];
  solar_high_kw?: number[];
  batteries: Record<string, { power_kw: number[]; soc: number[]; mode: string[] }>;
  miners: Record<string, { power_kw: number[]; units: number[] }>;
}

export interface Plan {
  status: string;
  created: string;
  end: string;
  currency: string;
  cost: Record<string, number>;
  runs: Run[];
  slots: Slots;
}

export interface Trouble {
  device: string | null;
  reading: string;
  entity_id: string | null;
  trouble: string;
}

/** What a site is, whether it runs or not. */
export interface Place {
  entry_id: string;
  title: string;
  state: string;
  entities: Record<string, string>;
  devices: Device[];
}

export interface Site extends Place {
  at: string;
  mode: string;
  strategy: string;
  currency: string;
  interval_s: number;
  max_import_kw: number | null;
  measured: {
    solar_kw: number | null;
    load_kw: number | null;
    grid_kw: number | null;
    batteries: Record<string, { soc: number | null; power_kw: number | null }>;
    miners: Record<string, { units: number | null; power_kw: number | null }>;
  };
  decisions: Decision[];
  changes: Change[];
  overrides: Override[];
  health: {
    status: string | null;
    created: string | null;
    failure: string | null;
    planless_since: string | null;
    troubles: Trouble[];
    aside: { device: string; until: string }[];
  };
  plan: Plan | null;
}

export const isSite = (place: Place | undefined): place is Site => place !== undefined && "measured" in place;
