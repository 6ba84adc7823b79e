import { describe, expect, it } from "vitest";
import { type Answer, compared } from "../src/what-if";

const sums = (total: number, energy: number): Answer["present"] => ({
  cost: { total },
  energy_kwh: { import: energy, export: 1, miners: 2 },
});
const columns = (soc: number[] | null): Answer["slots"]["present"] => ({ soc, grid_kw: [0, 1], miners_kw: [0, 0] });

const answer = (before: number[] | null, after: number[] | null): Answer => ({
  present: sums(-2, 3),
  changed: sums(1, 9),
  difference: sums(3, 6),
  slots: { start: [0, 900], end: [900, 1800], present: columns(before), changed: columns(after) },
});

describe("two plans side by side", () => {
  it("are told in money, energies and levels", () => {
    const told = compared(answer([50, 60], [20, 40])).map(({ key, present, changed }) => [key, present, changed]);
    expect(told).toEqual([
      ["if_cost", -2, 1],
      ["if_import", 3, 9],
      ["if_export", 1, 1],
      ["if_mining", 2, 2],
      ["if_lowest", 50, 20],
      ["if_last", 60, 40],
    ]);
  });

  it("have no levels without a battery", () => {
    expect(compared(answer(null, null)).map(({ unit }) => unit)).toEqual(["money", "kwh", "kwh", "kwh"]);
  });
});
