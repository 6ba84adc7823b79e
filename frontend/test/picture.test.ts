import { describe, expect, it } from "vitest";
import { cellAt, hours, lanes, means, minersOf, moved, picture, ticks } from "../src/picture";
import { Text } from "../src/text";
import { reader, site, START } from "./samples";

const NO_PAST = { from: 0, series: {} };

describe("the picture of a plan", () => {
  it("has the plan's slots, batteries together by their sizes", () => {
    const cells = picture(site(), NO_PAST, START);
    expect(cells.past).toBe(0);
    expect(cells.start).toEqual(site().plan!.slots.start);
    expect(cells.battery).toEqual([-4, -3, 0, 1]);
    expect(cells.level[0]).toBe(50);
    expect(cells.solarHigh).toEqual(cells.solar);
  });

  it("leaves out what is over", () => {
    const cells = picture(site(), NO_PAST, START + 700);
    expect(cells.start[0]).toBe(START + 600);
    expect(cells.solar).toEqual([5, 4]);
    expect(minersOf(site(), cells)).toEqual([2, 4]);
  });

  it("puts what was measured in front, up to where the plan begins", () => {
    const past = { from: START - 2000, series: { solar: [1, 2, 3, 4], level: [30, 31, 32, 33] } };
    const cells = picture(site(), past, START);
    expect(cells.past).toBe(3);
    expect(cells.end.slice(0, 3)).toEqual([START - 1100, START - 200, START]);
    expect(cells.solar).toEqual([1, 2, 3, 6, 6, 5, 4]);
    expect(cells.load.slice(0, 3)).toEqual([null, null, null]);
    expect(cells.start.length).toBe(cells.end.length);
  });

  it("is empty without a plan and a past", () => {
    expect(picture(site({ plan: null }), NO_PAST, START).start).toEqual([]);
    expect(lanes(site({ plan: null }), START).every((lane) => lane.spans.length === 0)).toBe(true);
  });
});

describe("what was measured", () => {
  it("is a mean by time, each value holding until the next", () => {
    const samples = [
      { at: 0, value: 1 },
      { at: 450, value: 3 },
      { at: 900, value: null },
      { at: 1350, value: 5 },
    ];
    expect(means(samples, 0, 3)).toEqual([2, 5, 5]);
  });

  it("is null where nothing is known", () => {
    expect(means([{ at: 2000, value: 1 }], 0, 2)).toEqual([null, null]);
    expect(means([], 0, 1)).toEqual([null]);
  });
});

describe("the keys", () => {
  const cells = picture(site(), NO_PAST, START);

  it.each([
    ["ArrowRight", 1, 2],
    ["ArrowLeft", 1, 0],
    ["ArrowLeft", 0, 0],
    ["ArrowRight", 3, 3],
    ["PageUp", 0, 3],
    ["PageDown", 3, 0],
    ["End", 0, 3],
    ["Home", 3, 1],
  ])("%s leads from %d to %d", (key, from, to) => {
    expect(moved(cells, from, key, START + 400)).toBe(to);
  });

  it("leave others alone", () => {
    expect(moved(cells, 0, "Tab", START)).toBeUndefined();
  });

  it("find the cell of a moment, the nearest outside", () => {
    expect([START - 9, START + 299, START + 300, START + 9999].map((at) => cellAt(cells, at))).toEqual([0, 0, 1, 3]);
  });
});

describe("the lanes", () => {
  it("join slots of one power and know the owner's words", () => {
    const iso = (at: number): string => new Date(at * 1000).toISOString();
    const until = iso(START + 900);
    const word = { id: "a", device: "miner", does: "stand", what: "Miner stays off", said: "asked", power_kw: null };
    const now = { ...word, from: null, until, in_force: true };
    const later = { ...word, id: "b", from: until, until: iso(START + 1800), in_force: false };
    const [battery, small, miner] = lanes(site({ overrides: [now, later] }), START);
    expect(battery!.spans).toEqual([{ from: START, to: START + 600, kind: "charge", power: 3, share: 1 }]);
    expect(small!.spans).toEqual([]);
    expect(miner!.spans.map(({ from, to, share }) => [from - START, to - START, share])).toEqual([
      [300, 1500, 0.5],
      [1500, 2400, 1],
    ]);
    expect(miner!.overrides).toEqual([
      { from: START, to: START + 900, word: now },
      { from: START + 900, to: START + 1800, word: later },
    ]);
  });
});

describe("the table", () => {
  it("has the clock's hours, means by length and the level at the end", () => {
    const cells = picture(site(), { from: START - 900, series: { solar: [9] } }, START);
    const [past, first] = hours(cells, minersOf(site(), cells));
    expect(past).toMatchObject({ past: true, values: { solar: 9 }, miners: null });
    expect(first!.past).toBe(false);
    expect(first!.values.solar).toBeCloseTo((6 * 300 + 6 * 300 + 5 * 900 + 4 * 900) / 2400);
    expect(first!.values.level).toBe(50);
  });
});

describe("the axis", () => {
  const text = new Text(reader("de"));

  it("is labelled at the reader's full hours, as many as there is room for", () => {
    const day = ticks(START, START + 48 * 3600, 300, (at) => text.clock(at));
    expect(day.every(({ at }) => text.clock(new Date(at * 1000)).minute === 0)).toBe(true);
    expect(day.length).toBeLessThanOrEqual(7);
    expect(day.filter(({ midnight }) => midnight).length).toBe(2);
  });
});
