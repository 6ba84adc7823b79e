/** The plan over time: what is expected and done two days ahead, what was half a day back, and why. */

import { html, nothing, type PropertyValues, type TemplateResult, unsafeCSS } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import { styleMap } from "lit/directives/style-map.js";
import uplotStyle from "uplot/dist/uPlot.min.css?inline";
import { axis, axisStyle } from "./axis";
import { form, SITE_ROW, SiteCard, TITLE_ROW, wordsOfPage } from "./card";
import type { CardConfig, Decision, Why } from "./ha";
import { LEFT, Panel, RIGHT, type Drawn } from "./panel";
import { past } from "./past";
import {
  cellAt,
  hours,
  type Lane,
  lanes,
  minersOf,
  moved,
  type Past,
  PAST_STEP_S,
  picture,
  type Picture,
  type Series,
  ticks,
  type Value,
} from "./picture";
import { planStyle } from "./plan-style";
import { shared } from "./styles";
import type { Key } from "./text";

type SlotWhy = Why & { device: string; what: string };

const BACK_H = 12;
const PAST_EVERY_S = 300;
const ASK_AFTER_MS = 150;
const HEIGHTS = { price: 84, power: 150, level: 96 } as const;
const TABLE: [Key, Series][] = [
  ["price", "importPrice"],
  ["worth", "energyPrice"],
  ["sun", "solar"],
  ["house", "load"],
  ["grid", "grid"],
  ["battery", "battery"],
  ["level", "level"],
];

@customElement("energy-orchestrator-plan-card")
export class PlanCard extends SiteCard {
  @state() private past: Past = { from: 0, series: {} };
  @state() private pinned?: number;
  @state() private hovered?: number;
  @state() private width = 0;
  @state() private table = false;
  @state() private why?: { at: number; devices: SlotWhy[] };
  @query(".picture") private canvas?: HTMLElement;

  private panels = new Map<string, Panel>();
  private sizes?: ResizeObserver;
  private pastOf = "";
  private asking?: ReturnType<typeof setTimeout>;
  private drawing?: Picture;
  private known = new Map<string, SlotWhy[]>();

  static getConfigForm(): object {
    wordsOfPage();
    return form([
      SITE_ROW,
      TITLE_ROW,
      { name: "back_hours", default: BACK_H, selector: { number: { min: 0, max: 24, step: 1, mode: "box" } } },
    ]);
  }

  static getStubConfig(): object {
    return {};
  }

  getGridOptions(): object {
    return { columns: "full", min_columns: 6, rows: "auto" };
  }

  override getCardSize(): number {
    return 10;
  }

  override setConfig(config: CardConfig): void {
    const back = config["back_hours"];
    if (back !== undefined && !(typeof back === "number" && back >= 0 && back <= 24)) {
      throw new Error("back_hours: a number from 0 to 24");
    }
    super.setConfig(config);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.sizes?.disconnect();
    this.sizes = undefined;
    clearTimeout(this.asking);
    for (const panel of this.panels.values()) panel.destroy();
    this.panels.clear();
  }

  private get steps(): number {
    return Math.round((((this.config?.["back_hours"] as number | undefined) ?? BACK_H) * 3600) / PAST_STEP_S);
  }

  private get selected(): number {
    const cells = this.drawing!;
    return this.hovered ?? (this.pinned === undefined ? cellAt(cells, this.now) : cellAt(cells, this.pinned));
  }

  protected override willUpdate(changed: PropertyValues): void {
    super.willUpdate(changed);
    if (!this.site || !this.hass) return;
    void this.remember();
    this.drawing = picture(this.site, this.past, this.now);
    if (this.hovered !== undefined && this.hovered >= this.drawing.start.length) this.hovered = undefined;
  }

  protected override updated(changed: PropertyValues): void {
    super.updated(changed);
    const canvas = this.canvas;
    if (!canvas || !this.site) return;
    if (!this.sizes) {
      this.sizes = new ResizeObserver((entries) => {
        this.width = Math.floor(entries[0]?.contentRect.width ?? 0);
      });
      this.sizes.observe(canvas);
    }
    if (["place", "past", "width", "now", "hass"].some((name) => changed.has(name))) this.draw();
    this.ask();
  }

  /** What was measured comes from the recorder: anew every few minutes, and without it there is just no past. */
  private async remember(): Promise<void> {
    const from = Math.floor(this.now / PAST_EVERY_S) * PAST_EVERY_S - this.steps * PAST_STEP_S;
    const key = `${this.site!.entry_id} ${from} ${this.steps}`;
    if (key === this.pastOf) return;
    this.pastOf = key;
    try {
      this.past = await past(this.hass!, this.site!, from, this.steps);
    } catch {
      this.past = { from, series: {} };
    }
  }

  private draw(): void {
    const cells = this.drawing!;
    if (cells.start.length === 0) return;
    const edges = [...cells.start, cells.end.at(-1)!];
    const text = this.text;
    const grid = ticks(edges[0]!, edges.at(-1)!, this.width - LEFT - RIGHT, (at) => text.clock(at)).map(({ at }) => at);
    const digits = (value: number, most: Value[]): string =>
      text.number(value, Math.max(...most.map((one) => Math.abs(one ?? 0))) < 5 ? 1 : 0);
    const drawn: Record<keyof typeof HEIGHTS, Drawn> = {
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
        label: (value) => digits(value, [...cells.solar, ...cells.load, ...cells.grid]),
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
          { values: cells.battery.map((kw) => (kw === null ? null : Math.max(0, kw))), color: "--eo-discharge", bars: true, scale: "side" },
          { values: cells.battery.map((kw) => (kw === null ? null : Math.min(0, kw))), color: "--eo-charge", bars: true, scale: "side" },
          { values: cells.level, color: "--eo-load", width: 2, smooth: true },
        ],
      },
    };
    for (const [name, height] of Object.entries(HEIGHTS)) {
      const host = this.renderRoot.querySelector<HTMLElement>(`[data-panel="${name}"]`);
      if (!host) continue;
      const panel = this.panels.get(name) ?? new Panel(host, height);
      this.panels.set(name, panel);
      panel.draw(drawn[name as keyof typeof HEIGHTS], this.width);
    }
  }

  // What is read

  private ask(): void {
    const cells = this.drawing;
    if (!cells || cells.start.length === 0) return;
    const cell = this.selected;
    const at = cells.start[cell]!;
    if (cell < cells.past || at <= this.now || this.why?.at === at) return;
    const key = `${this.site!.plan?.created} ${at}`;
    const known = this.known.get(key);
    if (known) {
      this.why = { at, devices: known };
      return;
    }
    clearTimeout(this.asking);
    this.asking = setTimeout(() => {
      void this.hass!
        .callWS<{ devices: SlotWhy[] } | null>({
          type: "energy_orchestrator/slot",
          entry_id: this.site!.entry_id,
          at: at + 1,
          language: this.hass!.language,
        })
        .then((told) => {
          if (this.known.size > 500) this.known.clear();
          this.known.set(key, told?.devices ?? []);
          this.why = { at, devices: told?.devices ?? [] };
        })
        .catch(() => undefined);
    }, ASK_AFTER_MS);
  }

  private point(event: PointerEvent, pin: boolean): void {
    const box = this.canvas!.getBoundingClientRect();
    const cells = this.drawing!;
    const [from, to] = [cells.start[0]!, cells.end.at(-1)!];
    const share = (event.clientX - box.left - LEFT) / (box.width - LEFT - RIGHT);
    const cell = cellAt(cells, from + Math.min(1, Math.max(0, share)) * (to - from));
    if (pin) {
      this.pinned = cells.start[cell];
      this.hovered = undefined;
    } else if (event.pointerType === "mouse") this.hovered = cell;
    else if (event.buttons) this.pinned = cells.start[cell];
  }

  private key(event: KeyboardEvent): void {
    const to = moved(this.drawing!, this.selected, event.key, this.now);
    if (to === undefined) {
      if (event.key === "Escape") this.pinned = this.hovered = undefined;
      return;
    }
    event.preventDefault();
    this.hovered = undefined;
    this.pinned = event.key === "Home" ? undefined : this.drawing!.start[to];
  }

  // What is shown

  protected override render(): TemplateResult | typeof nothing {
    if (!this.hass || !this.config) return nothing;
    const absent = this.absent();
    if (absent) return absent;
    const site = this.site!;
    const text = this.text;
    const cells = this.drawing!;
    const { light, causes } = this.health;
    const title = this.config.title ?? text.say("plan");
    return html`<ha-card>
      <div class="head">
        <h2>${title}</h2>
        <span class="quiet small">
          ${site.plan ? text.say("plan_age", { time: text.when(new Date(site.plan.created), this.date(this.now)) }) : nothing}
        </span>
        ${cells.start.length
          ? html`<button
              class="small"
              aria-pressed=${this.table}
              @click=${() => {
                this.table = !this.table;
              }}
            >
              ${text.say(this.table ? "show_picture" : "show_table")}
            </button>`
          : nothing}
      </div>
      ${this.offline()}
      ${site.mode === "automatic" ? nothing : html`<p class="quiet small">${text.maybe(`mode_${site.mode}_says`)}</p>`}
      ${light === "good" ? nothing : html`<p class="notice small" role="status">${causes.slice(0, 2).join(" ")}</p>`}
      ${cells.start.length ? html`${this.renderPicture(cells)} ${this.renderReading(cells)} ${this.renderTable(cells)}` : nothing}
    </ha-card>`;
  }

  private date(at: number): Date {
    return new Date(at * 1000);
  }

  private renderPicture(cells: Picture): TemplateResult {
    const text = this.text;
    const [from, to] = [cells.start[0]!, cells.end.at(-1)!];
    const at = (time: number): number => ((Math.min(to, Math.max(from, time)) - from) / (to - from)) * 100;
    const cell = this.selected;
    const [left, right] = [at(cells.start[cell]!), at(cells.end[cell]!)];
    const currency = this.site!.currency;
    return html`<div
      class="picture"
      role="slider"
      tabindex="0"
      dir="ltr"
      data-at=${cells.start[cell]!}
      aria-label=${text.say("picture")}
      aria-valuemin="0"
      aria-valuemax=${cells.start.length - 1}
      aria-valuenow=${cell}
      aria-valuetext=${this.spoken(cells, cell)}
      style=${styleMap({ "--left": `${LEFT}px`, "--right": `${RIGHT}px` })}
      @pointermove=${(event: PointerEvent) => this.point(event, false)}
      @pointerdown=${(event: PointerEvent) => this.point(event, true)}
      @pointerleave=${() => {
        this.hovered = undefined;
      }}
      @keydown=${this.key}
    >
      <div class="label">${text.say("unit_axis_price", { currency })}</div>
      <div data-panel="price"></div>
      <div class="label">${text.say("unit_axis_power")}</div>
      <div data-panel="power"></div>
      <div class="label">${text.say("level")}, %</div>
      <div data-panel="level"></div>
      ${lanes(this.site!, this.now).map((lane) => this.renderLane(lane, at))}
      ${axis(from, to, this.width, text)}
      <div class="over">
        ${cells.past ? html`<div class="before" style="width:${at(this.now)}%"></div>` : nothing}
        <div class="here" style="left:${at(this.now)}%"></div>
        <div class="cell" style="left:${left}%;width:${Math.max(0.3, right - left)}%"></div>
      </div>
    </div>`;
  }

  private renderLane(lane: Lane, at: (time: number) => number): TemplateResult {
    const text = this.text;
    return html`<div class="lane">
      <span class="lane-name">${lane.name}</span>
      <div class="track">
        ${lane.spans
          .filter((span) => span.to > this.now)
          .map((span) => {
            const left = at(Math.max(span.from, this.now));
            const label = `${lane.name} ${text.kw(span.power)}`;
            return html`<i
              class=${span.kind}
              title=${label}
              style="left:${left}%;width:${at(span.to) - left}%;--share:${35 + 65 * span.share}%"
            ></i>`;
          })}
        ${lane.overrides.map(
          (word) =>
            html`<b title=${word.what} style="left:${at(word.from)}%;width:${at(word.to) - at(word.from)}%"></b>`,
        )}
      </div>
    </div>`;
  }

  private spanOf(cells: Picture, cell: number): string {
    const text = this.text;
    const [from, to] = [this.date(cells.start[cell]!), this.date(cells.end[cell]!)];
    return `${text.when(from, this.date(this.now))} – ${text.time(to)}`;
  }

  /** What a cell tells, each value with its name and the colour it is drawn in. */
  private values(cells: Picture, cell: number): { name: string; value: string; color?: string; line?: boolean }[] {
    const text = this.text;
    const { currency, devices, plan } = this.site!;
    const [grid, battery] = [cells.grid[cell] ?? null, cells.battery[cell] ?? null];
    const price = (value: Value = null): string => (value === null ? "–" : text.price(value, currency));
    const way = (value: Value, more: Key, less: Key): string =>
      value === null || Math.abs(value) < 0.005 ? text.kw(value === null ? null : 0) : `${text.say(value > 0 ? more : less)} ${text.kw(Math.abs(value))}`;
    const [low, high] = [cells.solarLow[cell] ?? null, cells.solarHigh[cell] ?? null];
    const band =
      low !== null && high !== null && high - low > 0.01
        ? ` (${text.say("between", { low: text.kw(low), high: text.kw(high) })})`
        : "";
    const found: { name: string; value: string; color?: string; line?: boolean }[] = [
      { name: text.say("price"), value: price(cells.importPrice[cell]), color: "--eo-price" },
      { name: text.say("worth"), value: price(cells.energyPrice[cell]), color: "--eo-worth", line: true },
      { name: text.say("sun"), value: text.kw(cells.solar[cell]) + band, color: "--eo-solar" },
      { name: text.say("house"), value: text.kw(cells.load[cell]), color: "--eo-load" },
      { name: text.say("grid"), value: way(grid, "buying", "selling"), color: "--eo-grid", line: true },
    ];
    if (devices.some((device) => device.kind === "battery")) {
      const color = (battery ?? 0) < 0 ? "--eo-charge" : "--eo-discharge";
      const level = text.percent(cells.level[cell]);
      found.push({ name: text.say("battery"), value: `${way(battery, "discharging", "charging")}, ${level}`, color });
    }
    const slot = cell - cells.past + ((plan?.slots.start.length ?? 0) - (cells.start.length - cells.past));
    for (const device of devices) {
      const kw = cell >= cells.past ? plan?.slots.miners[device.id]?.power_kw[slot] : undefined;
      if (kw !== undefined) {
        found.push({ name: device.name, value: kw > 0 ? text.kw(kw) : text.say("off"), color: "--eo-miner" });
      }
    }
    return found;
  }

  private spoken(cells: Picture, cell: number): string {
    const values = this.values(cells, cell).map(({ name, value }) => `${name} ${value}`);
    return `${this.spanOf(cells, cell)}: ${values.join(", ")}`;
  }

  private renderReading(cells: Picture): TemplateResult {
    const cell = this.selected;
    const past = cell < cells.past;
    const text = this.text;
    const now = cells.start[cell]! <= this.now && !past;
    const told = this.why?.at === cells.start[cell] ? this.why?.devices : undefined;
    const reasons: (SlotWhy | Decision)[] = past ? [] : now ? this.site!.decisions : (told ?? []);
    return html`<section class="reading">
      <h3>${this.spanOf(cells, cell)} · ${text.say(now ? "now" : past ? "measured" : "planned")}</h3>
      <dl>
        ${this.values(cells, cell).map(
          ({ name, value, color, line }) =>
            html`<div>
              <dt><i class=${line ? "dashed" : ""} style="--color:var(${color})"></i>${name}</dt>
              <dd>${value}</dd>
            </div>`,
        )}
      </dl>
      <ul aria-live="polite">
        ${reasons.map(
          (one) =>
            html`<li class="small">
              <span class="what">${one.what}.</span> ${one.why} <span class="quiet">${one.numbers}</span>
              ${one.policies.length
                ? html`<span class="quiet">${text.say("rules")}: ${one.policies.join("; ")}</span>`
                : nothing}
            </li>`,
        )}
      </ul>
    </section>`;
  }

  private renderTable(cells: Picture): TemplateResult {
    const text = this.text;
    const show = (name: Series, value: Value): string =>
      value === null
        ? "–"
        : name === "level"
          ? text.percent(value)
          : name === "importPrice" || name === "energyPrice"
            ? text.number(value, 3)
            : text.number(value, 2);
    return html`<div class=${this.table ? "table" : "unseen"}>
      <table>
        <caption>
          ${text.say("table_caption")}
        </caption>
        <thead>
          <tr>
            <th scope="col">${text.say("time")}</th>
            ${TABLE.map(([key]) => html`<th scope="col">${text.say(key)}</th>`)}
            <th scope="col">${text.say("miners")}</th>
          </tr>
        </thead>
        <tbody>
          ${hours(cells, minersOf(this.site!, cells)).map(
            (hour) =>
              html`<tr class=${hour.past ? "quiet" : ""}>
                <th scope="row">${text.when(this.date(hour.start), this.date(this.now))}</th>
                ${TABLE.map(([, name]) => html`<td>${show(name, hour.values[name])}</td>`)}
                <td>${hour.miners === null ? "–" : text.number(hour.miners, 2)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
  }

  static override styles = [unsafeCSS(uplotStyle), shared, axisStyle, planStyle];
}
