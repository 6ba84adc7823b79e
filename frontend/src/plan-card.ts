/** The plan over time: what is expected and done two days ahead, what was half a day back, and why. */

import { html, nothing, type PropertyValues, type TemplateResult, unsafeCSS } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import { styleMap } from "lit/directives/style-map.js";
import uplotStyle from "uplot/dist/uPlot.min.css?inline";
import { ASKED, endOverride, override, problemOf } from "./acts";
import { axis, axisStyle } from "./axis";
import { form, SITE_ROW, SiteCard, TITLE_ROW, wordsOfPage } from "./card";
import type { CardConfig, Decision, Override, Why } from "./ha";
import { LEFT, Panel, RIGHT } from "./panel";
import { past } from "./past";
import {
  cellAt,
  type Lane,
  lanes,
  moved,
  type Past,
  PAST_STEP_S,
  picture,
  type Picture,
} from "./picture";
import { HEIGHTS, planLines } from "./plan-lines";
import { planStyle } from "./plan-style";
import { planTable, shown } from "./plan-table";
import { shared } from "./styles";
import type { Key } from "./text";

type SlotWhy = Why & { device: string; what: string };

/** A time on a device's lane: dragged over, or of a word that stands. */
interface Wish {
  device: string;
  from: number;
  to: number;
  done: boolean;
  word?: Override;
}

const BACK_H = 12;
const PAST_EVERY_S = 300;
const ASK_AFTER_MS = 150;

@customElement("energy-orchestrator-plan-card")
export class PlanCard extends SiteCard {
  @state() private past: Past = { from: 0, series: {} };
  @state() private pinned?: number;
  @state() private hovered?: number;
  @state() private width = 0;
  @state() private table = false;
  @state() private why?: { at: number; devices: SlotWhy[] };
  @state() private wish?: Wish;
  @state() private failed?: string;
  @query(".whole") private canvas?: HTMLElement;

  private dragged?: { device: string; at: number };
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
    clearTimeout(this.asking);
    this.clear();
  }

  private clear(): void {
    this.sizes?.disconnect();
    this.sizes = undefined;
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
    if (!canvas || !this.site) {
      // What was drawn on is gone; where the site comes back there is another.
      this.clear();
      return;
    }
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
    const drawn = planLines(cells, this.width, this.text);
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
    // The site may be gone by then.
    const { hass, site } = { hass: this.hass!, site: this.site! };
    this.asking = setTimeout(() => {
      void hass
        .callWS<{ devices: SlotWhy[] } | null>({
          type: "energy_orchestrator/slot",
          entry_id: site.entry_id,
          at: at + 1,
          language: hass.language,
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
      if (event.key === "Escape") this.pinned = this.hovered = this.wish = undefined;
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
      ${cells.start.length ? html`${this.renderPicture(cells)} ${this.renderWish()} ${this.renderReading(cells)} ${planTable(this.site!, cells, this.now, text, this.table)}` : nothing}
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
      class="whole"
      dir="ltr"
      style=${styleMap({ "--left": `${LEFT}px`, "--right": `${RIGHT}px` })}
      @pointermove=${(event: PointerEvent) => this.point(event, false)}
      @pointerleave=${() => {
        this.hovered = undefined;
      }}
    >
    <div
      class="picture"
      role="slider"
      tabindex="0"
      data-at=${cells.start[cell]!}
      aria-label=${text.say("picture")}
      aria-valuemin="0"
      aria-valuemax=${cells.start.length - 1}
      aria-valuenow=${cell}
      aria-valuetext=${this.spoken(cells, cell)}
      @pointerdown=${(event: PointerEvent) => this.point(event, true)}
      @keydown=${this.key}
    >
      <div class="label">${text.say("unit_axis_price", { currency })}</div>
      <div data-panel="price"></div>
      <div class="label">${text.say("unit_axis_power")}</div>
      <div data-panel="power"></div>
      <div class="label">${text.say("level")}, %</div>
      <div data-panel="level"></div>
    </div>
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
      <div
        class="track"
        title=${text.say("drag")}
        @pointerdown=${(event: PointerEvent) => this.begin(event, lane.id)}
        @pointermove=${this.stretch}
        @pointerup=${this.finish}
        @pointercancel=${this.forget}
      >
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
          ({ from, to, word }) =>
            html`<button
              class="word"
              title=${word.what}
              aria-label=${word.what}
              style="left:${at(from)}%;width:${at(to) - at(from)}%"
              @click=${() => {
                this.wish = { device: word.device, from, to, done: true, word };
              }}
            ></button>`,
        )}
        ${this.wish?.device === lane.id && !this.wish.word
          ? html`<b style="left:${at(this.wish.from)}%;width:${at(this.wish.to) - at(this.wish.from)}%"></b>`
          : nothing}
      </div>
    </div>`;
  }

  // The owner's word, dragged over a lane

  private timeAt(event: PointerEvent): number {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const [from, to] = [this.drawing!.start[0]!, this.drawing!.end.at(-1)!];
    const at = from + Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) * (to - from);
    return Math.max(this.now, Math.round(at / PAST_STEP_S) * PAST_STEP_S);
  }

  private begin(event: PointerEvent, device: string): void {
    if ((event.target as HTMLElement).classList.contains("word")) return;
    (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    this.dragged = { device, at: this.timeAt(event) };
    this.wish = undefined;
    this.failed = undefined;
  }

  private stretch(event: PointerEvent): void {
    if (!this.dragged) return;
    const at = this.timeAt(event);
    const [from, to] = [Math.min(at, this.dragged.at), Math.max(at, this.dragged.at)];
    this.wish = to - from < PAST_STEP_S / 2 ? undefined : { device: this.dragged.device, from, to, done: false };
  }

  private finish(): void {
    this.dragged = undefined;
    if (this.wish) this.wish = { ...this.wish, done: true };
  }

  private forget(): void {
    this.dragged = this.wish = undefined;
  }

  private async act(doing: Promise<unknown>): Promise<void> {
    this.wish = undefined;
    try {
      await doing;
    } catch (error) {
      this.failed = this.text.say("failed", { problem: problemOf(error) });
    }
  }

  /** What to do with the time that was dragged over, or with a word that stands. */
  private renderWish(): TemplateResult | typeof nothing {
    const text = this.text;
    if (this.failed) return html`<p class="notice small" role="alert">${this.failed}</p>`;
    const device = this.site!.devices.find((one) => one.id === this.wish?.device);
    if (!this.wish?.done || !device) return nothing;
    const { from, to, word } = this.wish;
    const now = this.date(this.now);
    const span = { from: text.when(this.date(from), now), until: text.when(this.date(to), now) };
    return html`<div class="notice row" role="group" aria-label=${text.say("override_title")}>
      <span class="grow small">${word ? word.what : device.name}, ${text.say("from_until", span)}</span>
      ${word
        ? html`<button @click=${() => this.act(endOverride(this.hass!, word))}>${text.say("end")}</button>`
        : ASKED[device.kind].map(
            (does) =>
              html`<button @click=${() => this.act(override(this.hass!, device, does, { from, until: to }))}>
                ${text.say(does as Key)}
              </button>`,
          )}
      <button @click=${this.forget}>${text.say("cancel")}</button>
    </div>`;
  }

  private spanOf(cells: Picture, cell: number): string {
    const text = this.text;
    const [from, to] = [this.date(cells.start[cell]!), this.date(cells.end[cell]!)];
    return `${text.when(from, this.date(this.now))} – ${text.time(to)}`;
  }

  private spoken(cells: Picture, cell: number): string {
    const values = shown(this.site!, cells, cell, this.text).map(({ name, value }) => `${name} ${value}`);
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
        ${shown(this.site!, cells, cell, this.text).map(
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

  static override styles = [unsafeCSS(uplotStyle), shared, axisStyle, planStyle];
}
