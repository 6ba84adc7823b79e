/** What a card can change, by the actions and entities that anyone uses: Home Assistant checks who may. */

import type { Device, Hass, Override, Place } from "./ha";

const DOMAIN = "energy_orchestrator";

export function setMode(hass: Hass, place: Place, mode: string): Promise<unknown> {
  return hass.callService("select", "select_option", { entity_id: place.entities["mode"], option: mode });
}

export function endOverride(hass: Hass, word: Override): Promise<unknown> {
  return hass.callService(DOMAIN, "clear_override", { override_id: [word.id] });
}

/** What people can ask of a device, by the kind it is. */
export const ASKED: Record<Device["kind"], string[]> = {
  battery: ["charge", "discharge", "hold", "self_consumption"],
  miner: ["run", "stand"],
  inverter: [],
};

/** For so many hours from now on, or from one time to another (seconds since 1970). */
export type For = { hours: number } | { from: number; until: number };

export function override(hass: Hass, device: Device, does: string, time: For): Promise<unknown> {
  const iso = (at: number): string => new Date(at * 1000).toISOString();
  const span = "hours" in time ? time : { from: iso(time.from), until: iso(time.until) };
  const asked = { device_id: [device.device_id], ...span };
  return device.kind === "miner"
    ? hass.callService(DOMAIN, "override_miner", { ...asked, run: does === "run" })
    : hass.callService(DOMAIN, "override_battery", { ...asked, mode: does });
}

export function problemOf(error: unknown): string {
  return (error as { message?: string }).message ?? String(error);
}
