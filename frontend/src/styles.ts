/** What all cards share of their looks: Home Assistant's own theme, and nothing else. */

import { css } from "lit";

export const shared = css`
  :host {
    --eo-solar: var(--energy-solar-color, #ff9800);
    --eo-load: var(--primary-text-color, #212121);
    --eo-grid: var(--energy-grid-consumption-color, #488fc2);
    --eo-price: var(--energy-grid-consumption-color, #488fc2);
    --eo-worth: var(--energy-grid-return-color, #8353d1);
    --eo-charge: var(--energy-battery-in-color, #f06292);
    --eo-discharge: var(--energy-battery-out-color, #4db6ac);
    --eo-miner: var(--amber-color, #ffb300);
    --eo-quiet: var(--secondary-text-color, #727272);
    --eo-line: var(--divider-color, rgba(127, 127, 127, 0.3));
    display: block;
    height: 100%;
  }
  ha-card {
    box-sizing: border-box;
    height: 100%;
    padding: 16px;
    display: flex;
    flex-direction: column;
    gap: 12px;
    overflow: hidden;
    container-type: inline-size;
  }
  .head {
    display: flex;
    align-items: center;
    gap: 8px;
    flex-wrap: wrap;
  }
  h2,
  h3 {
    margin: 0;
    font-weight: 500;
    color: var(--ha-card-header-color, var(--primary-text-color));
  }
  h2 {
    font-size: 1.25rem;
    flex: 1;
    min-width: 0;
    overflow-wrap: anywhere;
  }
  h3 {
    font-size: 0.9rem;
    color: var(--eo-quiet);
    margin-bottom: 4px;
  }
  button,
  select {
    font: inherit;
    font-size: 0.9rem;
    color: var(--primary-text-color);
    background: none;
    border: 1px solid var(--eo-line);
    border-radius: 18px;
    min-height: 36px;
    padding: 4px 14px;
    cursor: pointer;
  }
  select {
    background: var(--card-background-color, #fff);
  }
  button:hover {
    background: color-mix(in srgb, var(--primary-text-color) 6%, transparent);
  }
  button[aria-checked="true"],
  button.strong {
    background: color-mix(in srgb, var(--primary-color) 18%, transparent);
    border-color: var(--primary-color);
    font-weight: 600;
  }
  button:disabled {
    opacity: 0.5;
    cursor: default;
  }
  :focus-visible {
    outline: 2px solid var(--primary-color);
    outline-offset: 2px;
  }
  ul {
    list-style: none;
    margin: 0;
    padding: 0;
    display: flex;
    flex-direction: column;
    gap: 8px;
  }
  p {
    margin: 0;
  }
  /* What is written from left to right keeps its order where the page goes from right to left. */
  p,
  li,
  dd,
  time,
  .text {
    unicode-bidi: plaintext;
    text-align: match-parent;
  }
  .quiet {
    color: var(--eo-quiet);
  }
  .small {
    font-size: 0.85rem;
    line-height: 1.35;
  }
  .row {
    display: flex;
    align-items: center;
    gap: 8px;
    flex-wrap: wrap;
  }
  .grow {
    flex: 1;
    min-width: 0;
  }
  .notice {
    padding: 8px 12px;
    border-radius: 8px;
    background: color-mix(in srgb, var(--warning-color, #ffa600) 15%, transparent);
  }
  .dot {
    width: 12px;
    height: 12px;
    border-radius: 50%;
    flex: none;
    background: var(--success-color, #43a047);
  }
  .dot.look {
    background: var(--warning-color, #ffa600);
    border-radius: 3px;
  }
  .dot.wrong {
    background: var(--error-color, #db4437);
    border-radius: 3px;
    transform: rotate(45deg);
  }
  .unseen {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  @media (prefers-reduced-motion: reduce) {
    * {
      transition: none !important;
      animation: none !important;
    }
  }
`;
