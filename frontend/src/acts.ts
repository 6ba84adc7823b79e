/** What a card can change, by the actions and entities that anyone uses: Home Assistant checks who may. */

import type { Device, Hass, Place } from "./ha";

const DOMAIN = "energy_orchestrator";

export function setMode(hass: Hass, place: Place, mode: string): Promise<unknown> {
  return hass.callService("select", "select_option", { entity_id: place.entities["mode"], option: mode });
}

export function endOverride(hass: Hass, device: Device): Promise<unknown> {
  return hass.callService(DOMAIN, "clear_override", { device_id: [device.device_id] });
}

/** What people can ask of a device, by the kind it is. */
export const ASKED: Record<Device["kind"], string[]> = {
  battery: ["charge", "discharge", "hold", "self_consumption"],
  miner: ["run", "stand"],
  inverter: [],
};

export function override(hass: Hass, device: Device, does: string, hours: number): Promise<unknown> {
  const asked = { device_id: [device.device_id], hours };
  return device.kind === "miner"
    ? hass.callService(DOMAIN, "override_miner", { ...asked, run: does === "run" })
    : hass.callService(DOMAIN, "override_battery", { ...asked, mode: does });
}

export function problemOf(error: unknown): string {
  return (error as { message?: string }).message ?? String(error);
}
