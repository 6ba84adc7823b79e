import { describe, expect, it } from "vitest";
import { health } from "../src/health";
import { Text, TEXTS } from "../src/text";
import { reader, site, START } from "./samples";

const placeholders = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(([found]) => found).sort();

describe.each(Object.keys(TEXTS))("the texts in %s", (language) => {
  it("have the keys of the English ones, and their placeholders", () => {
    const [texts, english] = [TEXTS[language]!, TEXTS["en"]!];
    expect(Object.keys(texts).sort()).toEqual(Object.keys(english).sort());
    for (const [key, text] of Object.entries(english)) {
      expect(placeholders(texts[key]!), key).toEqual(placeholders(text));
      expect(texts[key], key).not.toBe("");
    }
  });
});

describe("words and numbers", () => {
  it("are as the reader has them", () => {
    const german = new Text(reader("de"));
    expect(german.kw(1.234)).toBe("1,23 kW");
    expect(german.kw(-0.0001)).toBe("0 W");
    expect(german.kw(null)).toBe("–");
    expect(german.percent(55.4)).toBe("55 %");
    expect(german.say("until", { time: "9:00" })).toBe("bis 9:00");
    expect(new Text(reader("de", { number_format: "comma_decimal" })).kw(1.234)).toBe("1.23 kW");
    expect(new Text(reader("sv")).say("plan")).toBe("Plan");
  });

  it("tell times where the home is, the weekday where it is another day", () => {
    const text = new Text(reader("en", { time_format: "24" }));
    const now = new Date(START * 1000);
    expect(text.when(now, now)).toBe("10:00");
    expect(text.when(new Date((START + 86400) * 1000), now)).toBe("Sun 10:00");
    expect(new Text(reader("en", { time_format: "12" })).time(now)).toMatch(/10:00.AM/);
    expect(text.span(5400)).toBe("1 h 30 min");
    expect(text.span(600)).toBe("10 min");
  });
});

describe("the health light", () => {
  const text = new Text(reader("en"));
  const of = (changes: Partial<ReturnType<typeof site>["health"]>, after = 0): ReturnType<typeof health> =>
    health(site({ health: { ...site().health, ...changes } }), undefined, {}, text, START + after);

  it("is good where all is well", () => {
    expect(of({})).toEqual({ light: "good", causes: [] });
  });

  it("says that a plan is stale, and for how long there is none", () => {
    expect(of({}, 3600)).toEqual({ light: "wrong", causes: ["The plan is 1 h old."] });
    const since = new Date((START - 600) * 1000).toISOString();
    expect(of({ planless_since: since }).causes).toEqual(["No plan has covered this moment for 10 min."]);
    expect(of({ created: null, failure: "soc_unknown" }).causes).toEqual([
      "The battery level is unknown, so no new plan can be made.",
      "There is no plan yet.",
    ]);
  });

  it("names what does not do as it is told", () => {
    const until = new Date((START + 3600) * 1000).toISOString();
    expect(of({ aside: [{ device: "miner", until }] })).toEqual({
      light: "wrong",
      causes: ["Miner does not do what it is told; it is planned without until 11:00 AM."],
    });
  });

  it("names readings that are missing", () => {
    const trouble = { device: "battery", reading: "soc", entity_id: "sensor.soc", trouble: "stale" };
    expect(of({ troubles: [trouble] })).toEqual({
      light: "look",
      causes: ["sensor.soc: has not changed for too long"],
    });
    expect(of({ troubles: [{ ...trouble, trouble: "new_kind" }] }).causes).toEqual(["sensor.soc: no value"]);
  });

  it("says where there is no site, no right and no answer", () => {
    expect(health(undefined, "unauthorized", {}, text, START).causes).toEqual(["You may not read this site."]);
    expect(health(undefined, "unknown_command", {}, text, START).light).toBe("wrong");
    const down = { entry_id: "entry", title: "Farm", state: "setup_retry", entities: {}, devices: [] };
    expect(health(down, undefined, {}, text, START).causes[0]).toMatch(/not running/);
  });
});
