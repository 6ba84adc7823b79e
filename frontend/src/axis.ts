/** The axis of time below panels: hours, and the weekday where a day begins. */

import { css, html, type TemplateResult } from "lit";
import { LEFT, RIGHT } from "./panel";
import { ticks } from "./picture";
import type { Text } from "./text";

export function axis(from: number, to: number, width: number, text: Text): TemplateResult {
  const date = (at: number): Date => new Date(at * 1000);
  const marks = ticks(from, to, width - LEFT - RIGHT, (at) => text.clock(at));
  return html`<div class="axis" style="margin:2px ${RIGHT}px 0 ${LEFT}px">
    ${marks.map(
      ({ at, midnight }) =>
        html`<span class=${midnight ? "day" : ""} style="left:${(100 * (at - from)) / (to - from)}%"
          >${midnight ? text.weekday(date(at + 3600)) : text.clock(date(at)).hour}</span
        >`,
    )}
  </div>`;
}

export const axisStyle = css`
  .axis {
    position: relative;
    height: 18px;
    font-size: 11px;
    color: var(--eo-quiet);
  }
  .axis span {
    position: absolute;
    transform: translateX(-50%);
    white-space: nowrap;
  }
  .axis .day {
    font-weight: 600;
    color: var(--primary-text-color);
  }
`;
