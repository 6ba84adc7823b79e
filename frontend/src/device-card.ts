/** One device: its state, what it does and why, its next run, and the owner's word over it. */

import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { ASKED, endOverride, override, problemOf } from "./acts";
import { form, SITE_ROW, SiteCard, wordsOfPage } from "./card";
import type { Device } from "./ha";
import { shared } from "./styles";
import type { Key } from "./text";

const HOURS = [0.5, 1, 2, 4, 8, 12, 24];
/** What is told of a device besides, by its kind: entities of it, in order. */
const FIGURES: Record<Device["kind"], string[]> = {
  battery: ["target_soc", "sunrise_soc", "planned_power", "reserve"],
  inverter: ["solar_power", "load_power", "grid_power", "planned_curtailment"],
  miner: ["hours_today", "revenue_today", "revenue_per_kwh", "planned_hours"],
};

@customElement("energy-orchestrator-device-card")
export class DeviceCard extends SiteCard {
  @state() private hours = 2;
  @state() private failed?: string;

  static getConfigForm(): object {
    wordsOfPage();
    return form([
      SITE_ROW,
      { name: "device", required: true, selector: { device: { integration: "energy_orchestrator" } } },
    ]);
  }

  static getStubConfig(hass: { devices?: Record<string, { identifiers?: [string, string][]; id: string }> }): object {
    const ours = Object.values(hass.devices ?? {}).find((device) =>
      device.identifiers?.some(([domain]) => domain === "energy_orchestrator"),
    );
    return { device: ours?.id ?? "" };
  }

  getGridOptions(): object {
    return { columns: 6, min_columns: 3, rows: "auto" };
  }

  /** Named by its id of ours or of Home Assistant, or by its name. */
  private get device(): Device | undefined {
    const asked = this.config?.["device"];
    return this.site?.devices.find((one) => [one.id, one.device_id, one.name].includes(asked as string));
  }

  protected override shown(): string[] {
    const device = this.device;
    return device ? FIGURES[device.kind].flatMap((key) => device.entities[key] ?? []) : [];
  }

  private async act(doing: Promise<unknown>): Promise<void> {
    this.failed = undefined;
    try {
      await doing;
    } catch (error) {
      this.failed = this.text.say("failed", { problem: problemOf(error) });
    }
  }

  protected override render(): TemplateResult | typeof nothing {
    if (!this.hass || !this.config) return nothing;
    const absent = this.absent();
    if (absent) return absent;
    const device = this.device;
    const text = this.text;
    if (!device) return html`<ha-card><p class="quiet">${text.say("no_device")}</p></ha-card>`;
    const decision = this.site!.decisions.find((one) => one.device === device.id);
    return html`<ha-card>
      <div class="head">
        <h2>${device.name}</h2>
        <span class="text">${this.state(device)}</span>
      </div>
      ${this.offline()}
      ${device.kind === "battery" ? this.renderLevel(device) : nothing}
      ${decision
        ? html`<p class="small">
            <span class="what">${decision.what}.</span> ${decision.why} <span class="quiet">${decision.numbers}</span>
            ${decision.policies.length
              ? html`<span class="quiet">${text.say("rules")}: ${decision.policies.join("; ")}</span>`
              : nothing}
          </p>`
        : nothing}
      ${this.renderNextRun(device)} ${this.renderFigures(device)} ${this.renderOverride(device)}
      ${this.failed ? html`<p class="notice small" role="alert">${this.failed}</p>` : nothing}
    </ha-card>`;
  }

  private state(device: Device): string {
    const text = this.text;
    const { batteries, miners } = this.site!.measured;
    if (device.kind === "battery") {
      const { soc, power_kw: kw } = batteries[device.id] ?? { soc: null, power_kw: null };
      const way = kw === null || Math.abs(kw) < 0.005 ? "" : text.say(kw > 0 ? "discharging" : "charging");
      return [text.percent(soc), `${way} ${text.kw(kw === null ? null : Math.abs(kw))}`.trim()].join(" · ");
    }
    const miner = miners[device.id];
    if (device.kind !== "miner" || !miner) return "";
    if (miner.units === null) return "–";
    const count = device.count ?? 1;
    const running =
      count > 1 ? text.say("running", { units: miner.units, count }) : text.say(miner.units > 0 ? "on" : "off");
    return miner.power_kw === null ? running : `${running} · ${text.kw(miner.power_kw)}`;
  }

  private renderLevel(device: Device): TemplateResult {
    const soc = this.site!.measured.batteries[device.id]?.soc ?? null;
    const reserve = device.reserve_soc ?? 0;
    const label = `${this.text.say("level")} ${this.text.percent(soc)}, ${this.text.say("reserve")} ${this.text.percent(reserve)}`;
    return html`<div class="level" role="img" aria-label=${label}>
      <i style="width:${soc ?? 0}%" class=${(soc ?? 100) < reserve ? "low" : ""}></i>
      <b style="inset-inline-start:${reserve}%" title=${`${this.text.say("reserve")} ${this.text.percent(reserve)}`}></b>
    </div>`;
  }

  private renderNextRun(device: Device): TemplateResult | typeof nothing {
    if (device.kind === "inverter") return nothing;
    const text = this.text;
    const now = new Date(this.now * 1000);
    const run = this.site!.plan?.runs.find((one) => one.id === device.id && Date.parse(one.end) > now.getTime());
    if (!run) return html`<p class="quiet small">${text.say("no_run")}</p>`;
    const [start, end] = [new Date(run.start), new Date(run.end)];
    const from = start > now ? start : now;
    const span = `${text.when(from, now)} – ${text.when(end, now)}`;
    const says = text.say(`${run.kind}_run` as Key, { span, power: text.kw(run.power_kw) });
    return html`<p class="small"><span class="quiet">${text.say("next_run")}:</span> ${says}</p>`;
  }

  private renderFigures(device: Device): TemplateResult | typeof nothing {
    const hass = this.hass!;
    const found = FIGURES[device.kind].flatMap((key) => hass.states[device.entities[key] ?? ""] ?? []);
    if (found.length === 0) return nothing;
    return html`<dl>
      ${found.map((one) => {
        const name = String(one.attributes["friendly_name"] ?? one.entity_id);
        return html`<div>
          <dt>${name.startsWith(`${device.name} `) ? name.slice(device.name.length + 1) : name}</dt>
          <dd>${hass.formatEntityState?.(one) ?? one.state}</dd>
        </div>`;
      })}
      <div>
        <dt>${this.text.say("writes_today")}</dt>
        <dd>${device.writes_today ?? "–"}</dd>
      </div>
    </dl>`;
  }

  private renderOverride(device: Device): TemplateResult | typeof nothing {
    const text = this.text;
    if (ASKED[device.kind].length === 0 || !device.device_id) return nothing;
    const standing = this.site!.overrides.find((word) => word.device === device.id && word.in_force);
    if (standing) {
      const time = text.when(new Date(standing.until), new Date(this.now * 1000));
      return html`<section class="row">
        <span class="grow small">${standing.what}, ${text.say("until", { time })}</span>
        <button @click=${() => this.act(endOverride(this.hass!, standing))}>${text.say("end")}</button>
      </section>`;
    }
    return html`<section class="row">
      <label class="small quiet"
        >${text.say("override_for")}
        <select
          @change=${(event: Event) => {
            this.hours = Number((event.target as HTMLSelectElement).value);
          }}
        >
          ${HOURS.map(
            (hours) =>
              html`<option value=${hours} ?selected=${hours === this.hours}>${text.span(hours * 3600)}</option>`,
          )}
        </select>
      </label>
      ${ASKED[device.kind].map(
        (does) =>
          html`<button @click=${() => this.act(override(this.hass!, device, does, { hours: this.hours }))}>
            ${text.say(does as Key)}
          </button>`,
      )}
    </section>`;
  }

  static override styles = [
    shared,
    css`
      .what {
        font-weight: 500;
      }
      .level {
        position: relative;
        height: 10px;
        border-radius: 5px;
        background: color-mix(in srgb, var(--primary-text-color) 10%, transparent);
        overflow: hidden;
      }
      .level i {
        position: absolute;
        inset-block: 0;
        inset-inline-start: 0;
        background: var(--eo-discharge);
      }
      .level i.low {
        background: var(--warning-color, #ffa600);
      }
      .level b {
        position: absolute;
        inset-block: 0;
        width: 2px;
        background: var(--primary-text-color);
      }
      dl {
        margin: 0;
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(120px, 1fr));
        gap: 6px 12px;
      }
      dt {
        font-size: 0.8rem;
        color: var(--eo-quiet);
      }
      dd {
        margin: 0;
        font-variant-numeric: tabular-nums;
      }
    `,
  ];
}
