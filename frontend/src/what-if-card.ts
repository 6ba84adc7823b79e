/** What would be with less sun, more load, another price: both plans drawn, and what lies between them. */

import { css, html, nothing, type PropertyValues, type TemplateResult, unsafeCSS } from "lit";
import { customElement, state } from "lit/decorators.js";
import uplotStyle from "uplot/dist/uPlot.min.css?inline";
import { problemOf } from "./acts";
import { axis, axisStyle } from "./axis";
import { form, SITE_ROW, SiteCard, TITLE_ROW, wordsOfPage } from "./card";
import { LEFT, Panel, RIGHT } from "./panel";
import { ticks } from "./picture";
import { shared } from "./styles";
import type { Key } from "./text";
import { type Answer, AS_IT_IS, type Asked, compared, type Compared } from "./what-if";

type Slider = Exclude<keyof Asked, "miners_off">;

const SLIDERS: { name: Slider; key: Key; min: number; max: number; step: number }[] = [
  { name: "solar_percent", key: "if_solar", min: 0, max: 200, step: 5 },
  { name: "load_percent", key: "if_load", min: 0, max: 200, step: 5 },
  { name: "extra_load_w", key: "if_extra", min: 0, max: 10_000, step: 100 },
  { name: "price_offset", key: "if_price", min: -0.3, max: 0.3, step: 0.01 },
  { name: "reserve_soc", key: "reserve", min: 0, max: 100, step: 1 },
];
const HEIGHT = 110;

@customElement("energy-orchestrator-what-if-card")
export class WhatIfCard extends SiteCard {
  @state() private asked: Asked = AS_IT_IS;
  @state() private answer?: Answer;
  @state() private working = false;
  @state() private failed?: string;
  @state() private width = 0;

  private panels: Panel[] = [];
  private sizes?: ResizeObserver;

  static getConfigForm(): object {
    wordsOfPage();
    return form([SITE_ROW, TITLE_ROW]);
  }

  static getStubConfig(): object {
    return {};
  }

  getGridOptions(): object {
    return { columns: 12, min_columns: 6, rows: "auto" };
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.sizes?.disconnect();
    this.sizes = undefined;
    this.clear();
  }

  private clear(): void {
    for (const panel of this.panels) panel.destroy();
    this.panels = [];
  }

  private async ask(): Promise<void> {
    this.working = true;
    this.failed = undefined;
    try {
      const asked = { type: "energy_orchestrator/what_if", entry_id: this.site!.entry_id, ...this.asked };
      this.answer = await this.hass!.callWS<Answer>(asked);
    } catch (error) {
      this.failed = this.text.say("failed", { problem: problemOf(error) });
    }
    this.working = false;
  }

  private reset(): void {
    this.asked = AS_IT_IS;
    this.answer = undefined;
    this.failed = undefined;
  }

  protected override updated(changed: PropertyValues): void {
    super.updated(changed);
    const hosts = [...this.renderRoot.querySelectorAll<HTMLElement>("[data-panel]")];
    if (hosts.length === 0 || !this.answer) {
      this.sizes?.disconnect();
      this.sizes = undefined;
      this.clear();
      return;
    }
    if (!this.sizes) {
      this.sizes = new ResizeObserver((entries) => {
        this.width = Math.floor(entries[0]?.contentRect.width ?? 0);
      });
      this.sizes.observe(hosts[0]!);
    }
    if (["answer", "width", "hass"].some((name) => changed.has(name))) this.draw(hosts, this.answer);
  }

  private draw(hosts: HTMLElement[], { slots }: Answer): void {
    const text = this.text;
    const edges = [...slots.start, slots.end.at(-1)!];
    const room = this.width - LEFT - RIGHT;
    const grid = ticks(edges[0]!, edges.at(-1)!, room, (at) => text.clock(at)).map(({ at }) => at);
    const level = hosts.length === 2;
    hosts.forEach((host, index) => {
      const of = level && index === 0 ? "soc" : "grid_kw";
      const panel = (this.panels[index] ??= new Panel(host, HEIGHT));
      panel.draw(
        {
          edges,
          grid,
          ...(of === "soc" ? { least: 0, most: 100 } : { least: 0, most: 1 }),
          label: (value) => text.number(value, 0),
          lines: [
            { values: slots.present[of] ?? [], color: "--eo-quiet", dash: [5, 3], smooth: of === "soc" },
            { values: slots.changed[of] ?? [], color: "--eo-worth", smooth: of === "soc" },
          ],
        },
        this.width,
      );
    });
  }

  protected override render(): TemplateResult | typeof nothing {
    if (!this.hass || !this.config) return nothing;
    const absent = this.absent();
    if (absent) return absent;
    const text = this.text;
    return html`<ha-card>
      <div class="head"><h2>${this.config.title ?? text.say("what_if")}</h2></div>
      ${this.offline()}
      <form
        @submit=${(event: Event) => {
          event.preventDefault();
          void this.ask();
        }}
      >
        ${SLIDERS.map((slider) => this.renderSlider(slider))} ${this.renderMiners()}
        <div class="row">
          <button class="strong" ?disabled=${this.working}>${text.say("if_ask")}</button>
          <button type="button" @click=${this.reset}>${text.say("if_reset")}</button>
          <span class="quiet small" role="status">${this.working ? text.say("if_working") : ""}</span>
        </div>
      </form>
      ${this.failed ? html`<p class="notice small" role="alert">${this.failed}</p>` : nothing}
      ${this.answer ? this.renderAnswer(this.answer) : nothing}
    </ha-card>`;
  }

  private renderSlider({ name, key, min, max, step }: (typeof SLIDERS)[number]): TemplateResult | typeof nothing {
    const batteries = this.site!.devices.filter((device) => device.kind === "battery");
    if (name === "reserve_soc" && batteries.length === 0) return nothing;
    const standing = name === "reserve_soc" ? (batteries[0]?.reserve_soc ?? 0) : 0;
    const value = this.asked[name] ?? standing;
    const shown = this.shownValue(name, value);
    return html`<label class="slider">
      <span>${this.text.say(key)}</span>
      <input
        type="range"
        min=${min}
        max=${max}
        step=${step}
        .value=${String(value)}
        aria-valuetext=${shown}
        @input=${(event: Event) => {
          this.asked = { ...this.asked, [name]: Number((event.target as HTMLInputElement).value) };
        }}
      />
      <output>${shown}</output>
    </label>`;
  }

  private shownValue(name: Slider, value: number): string {
    const text = this.text;
    if (name === "extra_load_w") return text.kw(value / 1000);
    if (name !== "price_offset") return text.percent(value);
    return `${value > 0 ? "+" : ""}${text.number(value, 2)} ${this.site!.currency}`;
  }

  private renderMiners(): TemplateResult | typeof nothing {
    const miners = this.site!.devices.filter((device) => device.kind === "miner");
    if (miners.length === 0) return nothing;
    const off = new Set(this.asked.miners_off);
    return html`<fieldset>
      <legend class="small quiet">${this.text.say("if_miners")}</legend>
      ${miners.map(
        (miner) =>
          html`<label class="small"
            ><input
              type="checkbox"
              .checked=${off.has(miner.id)}
              @change=${(event: Event) => {
                if ((event.target as HTMLInputElement).checked) off.add(miner.id);
                else off.delete(miner.id);
                this.asked = { ...this.asked, miners_off: [...off] };
              }}
            />${miner.name}</label
          >`,
      )}
    </fieldset>`;
  }

  private renderAnswer(answer: Answer): TemplateResult {
    const text = this.text;
    const total = answer.difference.cost["total"] ?? 0;
    const { start, end, present } = answer.slots;
    const key = total === 0 ? "if_same" : total < 0 ? "if_better" : "if_worse";
    const span = text.span(end.at(-1)! - start[0]!);
    return html`<p role="status">${text.say(key, { money: this.money(Math.abs(total)), span })}</p>
      <div class="keys small quiet">
        <span><i class="dashed"></i>${text.say("if_present")}</span> <span><i></i>${text.say("if_changed")}</span>
      </div>
      <div dir="ltr" aria-hidden="true">
        ${present.soc
          ? html`<div class="small quiet">${text.say("level")}, %</div>
              <div data-panel="level"></div>`
          : nothing}
        <div class="small quiet">${text.say("grid")}, ${text.say("unit_axis_power")}</div>
        <div data-panel="grid"></div>
        ${axis(start[0]!, end.at(-1)!, this.width, text)}
      </div>
      <table>
        <thead>
          <tr>
            <td></td>
            <th scope="col">${text.say("if_present")}</th>
            <th scope="col">${text.say("if_changed")}</th>
          </tr>
        </thead>
        <tbody>
          ${compared(answer).map(
            (one) =>
              html`<tr>
                <th scope="row">${text.say(one.key)}</th>
                <td>${this.amount(one, one.present)}</td>
                <td>${this.amount(one, one.changed)}</td>
              </tr>`,
          )}
        </tbody>
      </table>`;
  }

  private amount({ unit }: Compared, value: number): string {
    const text = this.text;
    if (unit === "money") return this.money(value);
    return unit === "percent" ? text.percent(value) : `${text.number(value, 1)} kWh`;
  }

  static override styles = [
    unsafeCSS(uplotStyle),
    shared,
    axisStyle,
    css`
      form {
        display: flex;
        flex-direction: column;
        gap: 8px;
      }
      .slider {
        display: grid;
        grid-template-columns: minmax(72px, 1fr) 2fr minmax(72px, auto);
        align-items: center;
        gap: 8px;
        font-size: 0.9rem;
      }
      input[type="range"] {
        width: 100%;
        min-height: 36px;
        accent-color: var(--primary-color);
      }
      output {
        text-align: end;
        font-variant-numeric: tabular-nums;
      }
      fieldset {
        border: 0;
        margin: 0;
        padding: 0;
        display: flex;
        flex-wrap: wrap;
        gap: 4px 16px;
      }
      legend {
        padding: 0;
      }
      fieldset label {
        display: flex;
        align-items: center;
        gap: 6px;
        min-height: 32px;
      }
      .keys {
        display: flex;
        gap: 16px;
      }
      .keys i {
        display: inline-block;
        width: 18px;
        vertical-align: middle;
        margin-inline-end: 6px;
        border-top: 2px solid var(--eo-worth);
      }
      .keys i.dashed {
        border-top: 2px dashed var(--eo-quiet);
      }
      table {
        border-collapse: collapse;
        font-size: 0.9rem;
        font-variant-numeric: tabular-nums;
      }
      th,
      td {
        padding: 4px 0;
        text-align: end;
        font-weight: normal;
      }
      th[scope="row"] {
        text-align: start;
        color: var(--eo-quiet);
      }
      thead th {
        color: var(--eo-quiet);
        font-size: 0.85rem;
      }
    `,
  ];
}
