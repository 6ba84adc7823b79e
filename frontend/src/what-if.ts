/** What is asked with the what-if card, and what both plans come to. */

export interface Asked {
  solar_percent: number;
  load_percent: number;
  extra_load_w: number;
  price_offset: number;
  reserve_soc?: number;
  miners_off: string[];
}

export const AS_IT_IS: Asked = {
  solar_percent: 100,
  load_percent: 100,
  extra_load_w: 0,
  price_offset: 0,
  miners_off: [],
};

interface Sums {
  cost: Record<string, number>;
  energy_kwh: Record<string, number>;
}

interface Columns {
  soc: number[] | null;
  grid_kw: number[];
  miners_kw: number[];
}

/** The answer of `energy_orchestrator/what_if`. */
export interface Answer {
  present: Sums;
  changed: Sums;
  difference: Sums;
  slots: { start: number[]; end: number[]; present: Columns; changed: Columns };
}

export interface Compared {
  key: "if_cost" | "if_import" | "if_export" | "if_mining" | "if_lowest" | "if_last";
  present: number;
  changed: number;
  unit: "money" | "kwh" | "percent";
}

/** Money, energies and levels side by side; without a battery there are no levels. */
export function compared(answer: Answer): Compared[] {
  const { present, changed, slots } = answer;
  const energy = (key: Compared["key"], name: string): Compared => ({
    key,
    present: present.energy_kwh[name] ?? 0,
    changed: changed.energy_kwh[name] ?? 0,
    unit: "kwh",
  });
  const found: Compared[] = [
    { key: "if_cost", present: present.cost["total"] ?? 0, changed: changed.cost["total"] ?? 0, unit: "money" },
    energy("if_import", "import"),
    energy("if_export", "export"),
    energy("if_mining", "miners"),
  ];
  const [before, after] = [slots.present.soc, slots.changed.soc];
  if (before?.length && after?.length) {
    found.push(
      { key: "if_lowest", present: Math.min(...before), changed: Math.min(...after), unit: "percent" },
      { key: "if_last", present: before.at(-1)!, changed: after.at(-1)!, unit: "percent" },
    );
  }
  return found;
}
