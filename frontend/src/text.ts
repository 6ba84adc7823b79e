/** Words, numbers and times as the reader has them: the profile's language, number and time format. */

import type { Hass } from "./ha";
import de from "./texts/de.json";
import en from "./texts/en.json";
import es from "./texts/es.json";
import fr from "./texts/fr.json";
import nl from "./texts/nl.json";

export const TEXTS: Record<string, Record<string, string>> = { en, de, fr, es, nl };
export type Key = keyof typeof en;

const LOCALES: Record<string, string | undefined> = {
  comma_decimal: "en-US",
  decimal_comma: "de",
  space_comma: "fr",
  quote_decimal: "de-CH",
  none: "en-US",
  system: undefined,
};

export class Text {
  private readonly words: Record<string, string>;
  private readonly numbers: string | undefined;
  private readonly times: string | undefined;
  private readonly zone: string | undefined;
  private readonly hour12: boolean | undefined;
  private readonly made = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat>();

  constructor(private hass: Pick<Hass, "language" | "locale" | "config">) {
    const { locale } = hass;
    this.words = TEXTS[hass.language.split("-")[0] ?? "en"] ?? en;
    this.times = locale.language;
    this.numbers = locale.number_format in LOCALES ? LOCALES[locale.number_format] : locale.language;
    this.zone = locale.time_zone === "server" ? hass.config.time_zone : undefined;
    this.hour12 = { "12": true, "24": false }[locale.time_format];
  }

  say(key: Key, values: Record<string, string | number> = {}): string {
    const text = this.words[key] ?? (en as Record<string, string>)[key] ?? key;
    return text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
  }

  /** A text whose key is made of a code; undefined where there is none for it. */
  maybe(key: string): string | undefined {
    return this.words[key] ?? (en as Record<string, string>)[key];
  }

  number(value: number, digits: number): string {
    const grouping = this.hass.locale.number_format !== "none";
    const format = this.keep(`n${digits}`, () => {
      return new Intl.NumberFormat(this.numbers, {
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
        useGrouping: grouping,
      });
    }) as Intl.NumberFormat;
    return format.format(Object.is(Math.round(value * 10 ** digits), -0) ? 0 : value);
  }

  kw(value: number | null | undefined): string {
    if (value === null || value === undefined) return "–";
    return Math.abs(value) < 0.9995 ? `${this.number(value * 1000, 0)} W` : `${this.number(value, 2)} kW`;
  }

  percent(value: number | null | undefined): string {
    return value === null || value === undefined ? "–" : `${this.number(value, 0)} %`;
  }

  /** A price per kWh, to a tenth of a cent. */
  price(value: number, currency: string): string {
    return `${this.number(value, 3)} ${currency}/kWh`;
  }

  money(value: number, currency: string): string {
    return `${this.number(value, 2)} ${currency}`;
  }

  time(at: Date): string {
    return this.date("t", { hour: "numeric", minute: "2-digit", hour12: this.hour12 }).format(at);
  }

  weekday(at: Date): string {
    return this.date("w", { weekday: "short" }).format(at);
  }

  /** A time of day, with its weekday where that is not today's. */
  when(at: Date, now: Date): string {
    const day = this.date("d", { year: "numeric", month: "numeric", day: "numeric" });
    return day.format(at) === day.format(now) ? this.time(at) : `${this.weekday(at)} ${this.time(at)}`;
  }

  /** Hour of the day and minute, where the reader is. */
  clock(at: Date): { hour: number; minute: number } {
    const parts = this.date("h", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).formatToParts(at);
    const part = (type: string): number => Number(parts.find((one) => one.type === type)?.value ?? 0);
    return { hour: part("hour"), minute: part("minute") };
  }

  /** How long, in hours and minutes. */
  span(seconds: number): string {
    const minutes = Math.max(0, Math.round(seconds / 60));
    const hours = Math.floor(minutes / 60);
    if (hours === 0) return this.say("minutes", { minutes });
    return minutes % 60 === 0 ? this.say("hours", { hours }) : this.say("hours_minutes", { hours, minutes: minutes % 60 });
  }

  private date(key: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
    return this.keep(key, () => new Intl.DateTimeFormat(this.times, { ...options, timeZone: this.zone })) as Intl.DateTimeFormat;
  }

  private keep<T extends Intl.NumberFormat | Intl.DateTimeFormat>(key: string, make: () => T): T {
    const known = this.made.get(key) as T | undefined;
    if (known) return known;
    const made = make();
    this.made.set(key, made);
    return made;
  }
}

let last: { hass: unknown[]; text: Text } | undefined;

/** The reader's words: made anew only where language or formats change, for all cards together. */
export function textOf(hass: Hass): Text {
  const now = [hass.language, hass.locale, hass.config];
  if (!last || last.hass.some((one, index) => one !== now[index])) last = { hass: now, text: new Text(hass) };
  return last.text;
}
