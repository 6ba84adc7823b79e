/** What every card is: fed by one site's messages, told the time, and with the reader's words. */

import { LitElement, html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { property, state } from "lit/decorators.js";
import { listen } from "./feed";
import type { CardConfig, Hass, Place, Site } from "./ha";
import { isSite } from "./ha";
import { health, type Health } from "./health";
import { textOf, type Text } from "./text";

const TICK_MS = 30_000;
/** Colours of what is drawn change with the theme, which tells nobody. */
type ThemedHass = Hass & { themes?: unknown };

export abstract class SiteCard extends LitElement {
  @property({ attribute: false }) hass?: ThemedHass;
  @state() protected config?: CardConfig;
  @state() protected place?: Place | Site;
  @state() protected problem?: string;
  @state() protected now = Date.now() / 1000;
  @state() protected connected = true;

  private leave?: () => void;
  private listening?: string;
  private timer?: ReturnType<typeof setInterval>;
  private following?: Hass["connection"];

  setConfig(config: CardConfig): void {
    this.config = config;
  }

  getCardSize(): number {
    return 6;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.timer = setInterval(() => {
      this.now = Date.now() / 1000;
    }, TICK_MS);
    this.follow();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.timer);
    this.unfollow();
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has("hass") || changed.has("config")) this.follow();
  }

  /** A state of Home Assistant's changes many times a second; a card is drawn anew where it shows it. */
  protected override shouldUpdate(changed: PropertyValues): boolean {
    if (changed.size !== 1 || !changed.has("hass")) return true;
    const before = changed.get("hass") as ThemedHass | undefined;
    const hass = this.hass;
    if (!before || !hass) return true;
    return (
      before.themes !== hass.themes ||
      before.locale !== hass.locale ||
      before.language !== hass.language ||
      before.connection !== hass.connection ||
      this.shown().some((entity) => before.states[entity] !== hass.states[entity])
    );
  }

  /** The entities whose states a card shows. */
  protected shown(): string[] {
    const mode = this.place?.entities["mode"];
    return mode ? [mode] : [];
  }

  protected get site(): Site | undefined {
    return isSite(this.place) ? this.place : undefined;
  }

  protected get text(): Text {
    return textOf(this.hass!);
  }

  protected get health(): Health {
    return health(this.place, this.problem, this.hass?.states ?? {}, this.text, this.now);
  }

  protected name(id: string): string {
    return this.place?.devices.find((device) => device.id === id)?.name ?? id;
  }

  protected money(value: number): string {
    return this.text.money(value, this.site?.currency ?? "");
  }

  /** A site that is not there yet, or not any more; undefined where there is one. */
  protected absent(): TemplateResult | undefined {
    if (this.site) return undefined;
    return html`<ha-card><p class="quiet">${this.health.causes[0]}</p></ha-card>`;
  }

  /** What is shown may be old. */
  protected offline(): TemplateResult | typeof nothing {
    if (this.connected || !this.site) return nothing;
    const time = this.text.time(new Date(this.site.at));
    return html`<p class="notice small" role="status">${this.text.say("no_connection", { time })}</p>`;
  }

  private follow(): void {
    if (!this.isConnected || !this.hass || !this.config) return;
    const key = `${this.config.entry_id ?? ""} ${this.hass.language}`;
    if (this.listening === key && this.following === this.hass.connection) return;
    this.unfollow();
    this.listening = key;
    this.following = this.hass.connection;
    this.connected = this.following.connected;
    this.following.addEventListener("ready", this.heard);
    this.following.addEventListener("disconnected", this.heard);
    this.leave = listen(this.following, this.config.entry_id, this.hass.language, (told) => {
      this.place = told.place;
      this.problem = told.problem;
      this.now = Date.now() / 1000;
    });
  }

  private unfollow(): void {
    this.leave?.();
    this.leave = this.listening = undefined;
    this.following?.removeEventListener("ready", this.heard);
    this.following?.removeEventListener("disconnected", this.heard);
    this.following = undefined;
  }

  private heard = (): void => {
    this.connected = this.following?.connected ?? false;
  };
}

/** An editor's rows, in the reader's words. */
export function form(schema: object[]): object {
  const say = (key: string): string | undefined => editorText?.maybe(key);
  return {
    schema,
    computeLabel: (row: { name: string }) => say({ entry_id: "site", back_hours: "back_hours" }[row.name] ?? row.name),
    computeHelper: (row: { name: string }) => (row.name === "entry_id" ? say("site_hint") : undefined),
  };
}

let editorText: Text | undefined;

/** The page's own words: the editor's form is asked for without them. */
export function wordsOfPage(): Text | undefined {
  const root = document.querySelector("home-assistant") as (HTMLElement & { hass?: Hass }) | null;
  if (root?.hass) editorText = textOf(root.hass);
  return editorText;
}

export const SITE_ROW = {
  name: "entry_id",
  selector: { config_entry: { integration: "energy_orchestrator" } },
};
export const TITLE_ROW = { name: "title", selector: { text: {} } };
