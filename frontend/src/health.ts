/** Whether all is well with a site, and what is not: one light, and a sentence for each cause. */

import type { EntityState, Place, Site } from "./ha";
import { isSite } from "./ha";
import type { Key, Text } from "./text";

export type Light = "good" | "look" | "wrong";

export interface Health {
  light: Light;
  causes: string[];
}

const FEED_PROBLEMS: Record<string, Key> = { not_found: "no_site", unauthorized: "no_right" };
/** A plan is made each interval; one that is this many of them old is stale. */
const STALE_INTERVALS = 4;

export function health(
  place: Place | Site | undefined,
  problem: string | undefined,
  states: Record<string, EntityState>,
  text: Text,
  now: number,
): Health {
  if (problem) return { light: "wrong", causes: [text.say(FEED_PROBLEMS[problem] ?? "no_answer")] };
  if (place && !isSite(place)) {
    return { light: "wrong", causes: [text.say(place.state === "removed" ? "site_removed" : "site_down")] };
  }
  if (!place) return { light: "look", causes: [text.say("loading")] };
  const wrong: string[] = [];
  const look: string[] = [];
  const { failure, created, planless_since: since, status, troubles, aside } = place.health;
  if (failure) wrong.push(text.maybe(`failure_${failure}`) ?? failure);
  if (!created) look.push(text.say("no_plan"));
  else {
    const age = now - Date.parse(created) / 1000;
    if (age > STALE_INTERVALS * place.interval_s) wrong.push(text.say("stale", { span: text.span(age) }));
  }
  if (since) wrong.push(text.say("planless", { span: text.span(now - Date.parse(since) / 1000) }));
  const about = status && text.maybe(`status_${status}`);
  if (about) look.push(about);
  for (const { device, until } of aside) {
    const name = place.devices.find((one) => one.id === device)?.name ?? device;
    wrong.push(text.say("disobeys", { name, time: text.when(new Date(until), new Date(now * 1000)) }));
  }
  for (const one of troubles) {
    const named = one.entity_id ? states[one.entity_id]?.attributes["friendly_name"] : undefined;
    const name = String(named ?? one.entity_id ?? one.reading);
    look.push(text.say("trouble", { name, trouble: text.maybe(`trouble_${one.trouble}`) ?? text.say("trouble_other") }));
  }
  return { light: wrong.length ? "wrong" : look.length ? "look" : "good", causes: [...wrong, ...look] };
}
