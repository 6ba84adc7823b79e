/** What happens now and why, what comes next, and whether all is well. */

import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { endOverride, problemOf, setMode } from "./acts";
import { form, SITE_ROW, SiteCard, TITLE_ROW, wordsOfPage } from "./card";
import type { Decision, Override } from "./ha";
import { shared } from "./styles";
import type { Key } from "./text";

const MODES = ["monitor", "automatic", "paused"] as const;
const LIGHTS: Record<string, Key> = { good: "all_well", look: "look_here", wrong: "wrong" };

@customElement("energy-orchestrator-now-card")
export class NowCard extends SiteCard {
  @state() private confirming = false;
  @state() private open = false;
  @state() private failed?: string;

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

  private get mode(): string {
    const entity = this.site!.entities["mode"];
    return (entity && this.hass!.states[entity]?.state) || this.site!.mode;
  }

  private async act(doing: Promise<unknown>): Promise<void> {
    this.failed = undefined;
    try {
      await doing;
    } catch (error) {
      this.failed = this.text.say("failed", { problem: problemOf(error) });
    }
  }

  private choose(mode: string): void {
    if (mode === this.mode) return;
    this.confirming = mode === "automatic";
    if (!this.confirming) void this.act(setMode(this.hass!, this.site!, mode));
  }

  protected override render(): TemplateResult | typeof nothing {
    if (!this.hass || !this.config) return nothing;
    const absent = this.absent();
    if (absent) return absent;
    const site = this.site!;
    return html`<ha-card>
      <div class="head">
        <h2>${this.config.title ?? site.title}</h2>
        ${this.renderLight()}
      </div>
      ${this.offline()} ${this.renderCauses()} ${this.renderSentence()} ${this.renderFlows()} ${this.renderMode()}
      ${this.failed ? html`<p class="notice small" role="alert">${this.failed}</p>` : nothing}
      ${this.renderOverrides()} ${this.renderNext()}
    </ha-card>`;
  }

  private renderLight(): TemplateResult {
    const { light, causes } = this.health;
    const says = this.text.say(LIGHTS[light]!);
    const dot = html`<span class="dot ${light}"></span>${says}`;
    return causes.length === 0
      ? html`<span class="row small light">${dot}</span>`
      : html`<button
          class="row small light"
          aria-expanded=${this.open}
          @click=${() => {
            this.open = !this.open;
          }}
        >
          ${dot}
        </button>`;
  }

  private renderCauses(): TemplateResult | typeof nothing {
    const { causes } = this.health;
    if (!this.open || causes.length === 0) return nothing;
    return html`<ul class="notice small" role="status">
      ${causes.map((cause) => html`<li>${cause}</li>`)}
    </ul>`;
  }

  /** The device that does most says it for all. */
  private renderSentence(): TemplateResult | typeof nothing {
    const decisions = [...this.site!.decisions].sort((one, other) => weight(other) - weight(one));
    const first = decisions[0];
    return first
      ? html`<div>
          <p class="sentence">${first.what}. ${first.why}</p>
          <p class="small quiet">${first.numbers}</p>
        </div>`
      : nothing;
  }

  private renderFlows(): TemplateResult {
    const text = this.text;
    const { measured, devices } = this.site!;
    const way = (value: number | null, more: Key, less: Key): string =>
      value === null || Math.abs(value) < 0.005 ? "" : text.say(value > 0 ? more : less);
    const batteries = Object.values(measured.batteries);
    const miners = Object.values(measured.miners).map((miner) => miner.power_kw);
    const known = miners.filter((kw) => kw !== null);
    const flows: { name: Key; icon: string; kw: number | null; more?: string; color: string }[] = [
      { name: "sun", icon: "mdi:solar-power", kw: measured.solar_kw, color: "--eo-solar" },
      { name: "house", icon: "mdi:home", kw: measured.load_kw, color: "--eo-load" },
      {
        name: "grid",
        icon: "mdi:transmission-tower",
        kw: measured.grid_kw === null ? null : Math.abs(measured.grid_kw),
        more: way(measured.grid_kw, "buying", "selling"),
        color: "--eo-grid",
      },
    ];
    for (const battery of batteries) {
      flows.push({
        name: "battery",
        icon: "mdi:battery",
        kw: battery.power_kw === null ? null : Math.abs(battery.power_kw),
        more: [text.percent(battery.soc), way(battery.power_kw, "discharging", "charging")].filter(Boolean).join(", "),
        color: (battery.power_kw ?? 0) < 0 ? "--eo-charge" : "--eo-discharge",
      });
    }
    if (devices.some((device) => device.kind === "miner")) {
      const kw = known.length ? known.reduce((sum, one) => sum + one, 0) : null;
      flows.push({ name: "miners", icon: "mdi:bitcoin", kw, color: "--eo-miner" });
    }
    return html`<dl class="flows">
      ${flows.map(
        (flow) =>
          html`<div style="--color:var(${flow.color})">
            <dt><ha-icon .icon=${flow.icon}></ha-icon>${text.say(flow.name)}</dt>
            <dd>${text.kw(flow.kw)}</dd>
            <dd class="quiet small">${flow.more ?? ""}</dd>
          </div>`,
      )}
    </dl>`;
  }

  private renderMode(): TemplateResult {
    const text = this.text;
    const mode = this.mode;
    const can = this.site!.entities["mode"] !== undefined;
    return html`<section>
      <h3 id="mode">${text.say("mode")}</h3>
      <div class="row" role="radiogroup" aria-labelledby="mode">
        ${MODES.map(
          (one) =>
            html`<button role="radio" aria-checked=${one === mode} ?disabled=${!can} @click=${() => this.choose(one)}>
              ${text.say(`mode_${one}`)}
            </button>`,
        )}
      </div>
      ${this.confirming
        ? html`<div class="notice confirm" role="alertdialog" aria-label=${text.say("confirm_automatic")}>
            <p class="small">${text.say("confirm_automatic")}</p>
            <div class="row">
              <button
                class="strong"
                @click=${() => {
                  this.confirming = false;
                  void this.act(setMode(this.hass!, this.site!, "automatic"));
                }}
              >
                ${text.say("turn_on")}
              </button>
              <button
                @click=${() => {
                  this.confirming = false;
                }}
              >
                ${text.say("cancel")}
              </button>
            </div>
          </div>`
        : html`<p class="quiet small says">${text.maybe(`mode_${mode}_says`)}</p>`}
    </section>`;
  }

  private renderOverrides(): TemplateResult | typeof nothing {
    const { overrides } = this.site!;
    const text = this.text;
    if (overrides.length === 0) return nothing;
    const line = (word: Override): TemplateResult => {
      const left = Date.parse(word.until) / 1000 - this.now;
      const now = new Date(this.now * 1000);
      const time = text.when(new Date(word.until), now);
      const later = !word.in_force && word.from;
      return html`<li class="row">
        <span class="grow small"
          >${word.what},
          ${later
            ? text.say("from_until", { from: text.when(new Date(later), now), until: time })
            : html`${text.say("until", { time })}
                <span class="quiet">${text.say("left", { span: text.span(left) })}</span>`}
          ${word.said === "by_hand" ? html`<span class="quiet">${text.say("by_hand")}</span>` : nothing}</span
        >
        <button
          aria-label=${text.say("end_of", { name: this.name(word.device) })}
          @click=${() => this.act(endOverride(this.hass!, word))}
        >
          ${text.say("end")}
        </button>
      </li>`;
    };
    return html`<section>
      <h3>${text.say("overrides")}</h3>
      <ul>
        ${overrides.map(line)}
      </ul>
    </section>`;
  }

  private renderNext(): TemplateResult {
    const text = this.text;
    const now = new Date(this.now * 1000);
    const changes = this.site!.changes.filter((change) => Date.parse(change.at) / 1000 > this.now);
    return html`<section>
      <h3>${text.say("next")}</h3>
      ${changes.length === 0 ? html`<p class="quiet small">${text.say("no_changes")}</p>` : nothing}
      <ul>
        ${changes.map(
          (change) =>
            html`<li class="small next">
              <time>${text.when(new Date(change.at), now)}</time>
              <span
                ><span class="what">${change.what}.</span> ${change.why}
                <span class="quiet">${change.numbers}</span></span
              >
            </li>`,
        )}
      </ul>
    </section>`;
  }

  static override styles = [
    shared,
    css`
      .light {
        gap: 6px;
      }
      .sentence {
        font-size: 1.05rem;
        line-height: 1.4;
      }
      .flows {
        margin: 0;
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(96px, 1fr));
        gap: 8px;
      }
      .flows > div {
        border-inline-start: 3px solid var(--color);
        padding-inline-start: 8px;
      }
      .flows dt {
        display: flex;
        gap: 4px;
        align-items: center;
        color: var(--eo-quiet);
        font-size: 0.85rem;
        --mdc-icon-size: 18px;
      }
      .flows dd {
        margin: 0;
        font-variant-numeric: tabular-nums;
      }
      .confirm {
        margin-top: 8px;
        display: flex;
        flex-direction: column;
        gap: 8px;
      }
      .says {
        margin-top: 6px;
      }
      .what {
        font-weight: 500;
      }
      .next {
        display: grid;
        grid-template-columns: 5.2em 1fr;
        gap: 8px;
      }
      time {
        font-variant-numeric: tabular-nums;
        color: var(--eo-quiet);
      }
    `,
  ];
}

/** How much a decision moves: what runs or is driven comes before what rests. */
function weight(one: Decision): number {
  const moves = one.does === "charge" || one.does === "discharge" || one.does === "run";
  return (moves ? 1000 : 0) + one.power_kw;
}
