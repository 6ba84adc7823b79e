/** The plan as columns over one time axis, what was measured before it in front: all that pictures and tables draw. */

import type { Override, Run, Site, Slots } from "./ha";

export type Value = number | null;

/** Cells in time order, the first `past` of them measured; powers in kW, battery + discharging, levels in %. */
export interface Picture {
  start: number[];
  end: number[];
  past: number;
  solar: Value[];
  solarLow: Value[];
  solarHigh: Value[];
  load: Value[];
  grid: Value[];
  battery: Value[];
  level: Value[];
  importPrice: Value[];
  energyPrice: Value[];
}

export const SERIES = ["solar", "load", "grid", "battery", "level", "importPrice", "energyPrice"] as const;
export type Series = (typeof SERIES)[number];

/** What was measured, in steps from a moment on. */
export interface Past {
  from: number;
  series: Partial<Record<Series, Value[]>>;
}

export const PAST_STEP_S = 900;
const HOUR_S = 3600;

/** One measured value of the recorder: since when, and what (null: not known). */
export interface Sample {
  at: number;
  value: Value;
}

/** Means over the steps of a time, each value holding until the next; null for what was not known at all. */
export function means(samples: Sample[], from: number, steps: number, step = PAST_STEP_S): Value[] {
  const sums = new Array<number>(steps).fill(0);
  const known = new Array<number>(steps).fill(0);
  samples.forEach((sample, index) => {
    if (sample.value === null) return;
    const begins = Math.max(sample.at, from);
    const ends = Math.min(samples[index + 1]?.at ?? Infinity, from + steps * step);
    for (let at = begins; at < ends;) {
      const cell = Math.floor((at - from) / step);
      const until = Math.min(ends, from + (cell + 1) * step);
      sums[cell]! += sample.value * (until - at);
      known[cell]! += until - at;
      at = until;
    }
  });
  return sums.map((sum, cell) => (known[cell]! > 0 ? sum / known[cell]! : null));
}

const total = (lists: number[][], length: number): Value[] =>
  lists.length === 0
    ? new Array<Value>(length).fill(null)
    : Array.from({ length }, (_, slot) => lists.reduce((sum, list) => sum + (list[slot] ?? 0), 0));

/** The level of all batteries together, by their sizes. */
function level(site: Site, slots: Slots): Value[] {
  const known = site.devices.filter((device) => slots.batteries[device.id]);
  const size = known.reduce((sum, device) => sum + (device.capacity_kwh ?? 0), 0);
  return slots.start.map((_, slot) =>
    size === 0
      ? null
      : known.reduce((sum, one) => sum + (one.capacity_kwh ?? 0) * (slots.batteries[one.id]?.soc[slot] ?? 0), 0) / size,
  );
}

/** Lay the plan out, from a moment on, behind what was measured. Slots that are over by then are left away. */
export function picture(site: Site, past: Past, now: number): Picture {
  const slots = site.plan?.slots;
  const skip = slots ? slots.end.filter((end) => end <= now).length : 0;
  const rest = <T>(values: T[] | undefined): T[] => values?.slice(skip) ?? [];
  const start = rest(slots?.start);
  const begins = Math.min(start[0] ?? now, now);
  const measured = Math.max(0, ...Object.values(past.series).map((values) => values.length));
  const pastStart = Array.from({ length: measured }, (_, cell) => past.from + cell * PAST_STEP_S).filter(
    (at) => at < begins,
  );
  const cells = pastStart.length;
  const before = (name: Series): Value[] => past.series[name]?.slice(0, cells) ?? new Array<Value>(cells).fill(null);
  const none = new Array<Value>(cells).fill(null);
  const of = (lists: number[][]): Value[] => rest(total(lists, slots?.start.length ?? 0));
  return {
    start: [...pastStart, ...start],
    end: [...pastStart.slice(1), ...(cells ? [begins] : []), ...rest(slots?.end)],
    past: cells,
    solar: [...before("solar"), ...rest(slots?.solar_kw)],
    solarLow: [...none, ...rest(slots?.solar_low_kw ?? slots?.solar_kw)],
    solarHigh: [...none, ...rest(slots?.solar_high_kw ?? slots?.solar_kw)],
    load: [...before("load"), ...rest(slots?.load_kw)],
    grid: [...before("grid"), ...rest(slots?.grid_kw)],
    battery: [...before("battery"), ...of(Object.values(slots?.batteries ?? {}).map((one) => one.power_kw))],
    level: [...before("level"), ...rest(slots ? level(site, slots) : undefined)],
    importPrice: [...before("importPrice"), ...rest(slots?.import_price)],
    energyPrice: [...before("energyPrice"), ...rest(slots?.energy_price)],
  };
}

/** The cell of a moment; the nearest one outside of them. */
export function cellAt(picture: Pick<Picture, "start">, at: number): number {
  let cell = picture.start.length - 1;
  while (cell > 0 && picture.start[cell]! > at) cell -= 1;
  return Math.max(0, cell);
}

/** Where a key leads from a cell; undefined for a key that leads nowhere. */
export function moved(picture: Picture, cell: number, key: string, now: number): number | undefined {
  const last = picture.start.length - 1;
  const at = picture.start[cell] ?? now;
  const step: Record<string, number> = {
    ArrowRight: cell + 1,
    ArrowUp: cell + 1,
    ArrowLeft: cell - 1,
    ArrowDown: cell - 1,
    PageUp: Math.max(cell + 1, cellAt(picture, at + HOUR_S)),
    PageDown: Math.min(cell - 1, cellAt(picture, at - HOUR_S)),
    Home: cellAt(picture, now),
    End: last,
  };
  const to = step[key];
  return to === undefined ? undefined : Math.min(last, Math.max(0, to));
}

/** A time in which a device does one thing. */
export interface Span {
  from: number;
  to: number;
  kind: "mining" | "charge" | "discharge";
  power: number;
  /** Power over the most it can have in this plan, 0 to 1. */
  share: number;
}

export interface Lane {
  id: string;
  name: string;
  spans: Span[];
  overrides: { from: number; to: number; word: Override }[];
}

const epoch = (iso: string): number => Date.parse(iso) / 1000;

/** One lane for each battery and miner: what it does when, and the owner's words over it. */
export function lanes(site: Site, now: number): Lane[] {
  const slots = site.plan?.slots;
  const words = (id: string): Lane["overrides"] =>
    site.overrides
      .filter((word: Override) => word.device === id)
      .map((word) => ({ from: Math.max(now, word.from ? epoch(word.from) : now), to: epoch(word.until), word }));
  return site.devices.flatMap((device): Lane[] => {
    const battery = slots?.batteries[device.id];
    const miner = slots?.miners[device.id];
    if (device.kind === "inverter") return [];
    const spans = battery
      ? runSpans(site.plan?.runs ?? [], device.id)
      : slots && miner
        ? minerSpans(slots, miner.power_kw, device.most_kw ?? 0)
        : [];
    return [{ id: device.id, name: device.name, spans, overrides: words(device.id) }];
  });
}

function runSpans(runs: Run[], id: string): Span[] {
  const mine = runs.filter((run) => run.id === id);
  const most = Math.max(0, ...mine.map((run) => run.power_kw));
  return mine.map((run) => ({
    from: epoch(run.start),
    to: epoch(run.end),
    kind: run.kind,
    power: run.power_kw,
    share: most > 0 ? run.power_kw / most : 0,
  }));
}

function minerSpans(slots: Slots, power: number[], most: number): Span[] {
  const spans: Span[] = [];
  power.forEach((kw, slot) => {
    const last = spans.at(-1);
    const [from, to] = [slots.start[slot]!, slots.end[slot]!];
    if (kw <= 0) return;
    if (last && last.to === from && Math.abs(last.power - kw) < 1e-6) last.to = to;
    else spans.push({ from, to, kind: "mining", power: kw, share: most > 0 ? Math.min(1, kw / most) : 1 });
  });
  return spans;
}

/** What a table tells: means by the clock's hour, the level at its end. */
export interface Hour {
  start: number;
  past: boolean;
  values: Record<Series, Value>;
  miners: Value;
}

export function hours(picture: Picture, miners: Value[]): Hour[] {
  const found: Hour[] = [];
  let cells: number[] = [];
  const close = (): void => {
    if (cells.length === 0) return;
    const mean = (values: Value[]): Value => {
      const known = cells.filter((cell) => values[cell] !== null && values[cell] !== undefined);
      const length = (cell: number): number => picture.end[cell]! - picture.start[cell]!;
      const weight = known.reduce((sum, cell) => sum + length(cell), 0);
      return weight > 0 ? known.reduce((sum, cell) => sum + values[cell]! * length(cell), 0) / weight : null;
    };
    const values = Object.fromEntries(SERIES.map((name) => [name, mean(picture[name])])) as Record<Series, Value>;
    values.level = picture.level[cells.at(-1)!] ?? null;
    found.push({
      start: picture.start[cells[0]!]!,
      past: cells[0]! < picture.past,
      values,
      miners: mean(miners),
    });
    cells = [];
  };
  picture.start.forEach((at, cell) => {
    const first = cells[0];
    const other = first !== undefined && Math.floor(at / HOUR_S) !== Math.floor(picture.start[first]! / HOUR_S);
    if (other || cell === picture.past) close();
    cells.push(cell);
  });
  close();
  return found;
}

/** Power of all miners by cell, null before the plan. */
export function minersOf(site: Site, picture: Picture): Value[] {
  const slots = site.plan?.slots;
  const all = slots ? total(Object.values(slots.miners).map((one) => one.power_kw), slots.start.length) : [];
  const ahead = picture.start.length - picture.past;
  return [...new Array<Value>(picture.past).fill(null), ...all.slice(all.length - ahead)];
}

/** Where an axis is labelled: every so many full hours of the reader's clock, as many as there is room for. */
export function ticks(
  from: number,
  to: number,
  width: number,
  clock: (at: Date) => { hour: number; minute: number },
): { at: number; midnight: boolean }[] {
  const room = Math.max(1, Math.floor(width / 40));
  const every = [1, 2, 3, 6, 12, 24].find((hours) => (to - from) / HOUR_S / hours <= room) ?? 24;
  const found: { at: number; midnight: boolean }[] = [];
  // Quarters of an hour: there are time zones that are off by one.
  for (let at = Math.ceil(from / 900) * 900; at <= to; at += 900) {
    const { hour, minute } = clock(new Date(at * 1000));
    if (minute === 0 && hour % every === 0) found.push({ at, midnight: hour === 0 });
  }
  return found;
}
