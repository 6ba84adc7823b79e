/** The integration's cards and its dashboard, made known to Home Assistant's frontend. */

import { wordsOfPage } from "./card";
import "./device-card";
import "./now-card";
import "./plan-card";
import "./strategy";
import "./what-if-card";
import { TEXTS, type Key } from "./text";

interface Listed {
  type: string;
  name: string;
  description: string;
  preview?: boolean;
  strategyType?: string;
  getEntitySuggestion?(hass: { entities?: Record<string, { platform?: string; device_id?: string }> }, entity: string): object | null;
}

declare global {
  interface Window {
    customCards?: Listed[];
    customStrategies?: Listed[];
  }
}

const PAGES = "energy-orchestrator";

/** The page's words once it has any; the lists are read long after this module runs. */
const say = (key: Key): string => wordsOfPage()?.say(key) ?? TEXTS["en"]![key]!;

function listed(kind: "plan" | "now" | "device" | "what-if"): Listed {
  const key = kind === "what-if" ? "what_if" : kind;
  return {
    type: `${PAGES}-${kind}-card`,
    get name() {
      return say(`name_${key}_card`);
    },
    get description() {
      return say(`about_${key}_card`);
    },
    preview: true,
    getEntitySuggestion(hass, entity) {
      const known = hass.entities?.[entity];
      if (known?.platform !== "energy_orchestrator") return null;
      return { config: { type: `custom:${PAGES}-${kind}-card`, ...(kind === "device" ? { device: known.device_id } : {}) } };
    },
  };
}

(window.customCards ??= []).push(listed("now"), listed("plan"), listed("device"), listed("what-if"));
(window.customStrategies ??= []).push({
  type: PAGES,
  strategyType: "dashboard",
  get name() {
    return say("name_dashboard");
  },
  get description() {
    return say("about_dashboard");
  },
});
