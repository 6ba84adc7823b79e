/** The looks of the plan card. */

import { css } from "lit";

export const planStyle = css`
  .whole {
    position: relative;
    touch-action: pan-y;
    cursor: crosshair;
    user-select: none;
    -webkit-user-select: none;
  }
  .picture {
    border-radius: 4px;
  }
  .label {
    font-size: 11px;
    color: var(--eo-quiet);
    line-height: 1.4;
  }
  .lane {
    display: flex;
    flex-direction: column;
    padding-bottom: 4px;
  }
  .lane-name {
    font-size: 11px;
    line-height: 1.4;
    color: var(--eo-quiet);
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .track {
    position: relative;
    height: 14px;
    margin: 0 var(--right) 0 var(--left);
    background: color-mix(in srgb, var(--primary-text-color) 6%, transparent);
    border-radius: 3px;
    overflow: hidden;
  }
  .track i,
  .track b,
  .track .word {
    position: absolute;
    top: 0;
    bottom: 0;
    box-sizing: border-box;
  }
  .track i {
    --color: var(--eo-miner);
    background: color-mix(in srgb, var(--color) var(--share), transparent);
    border-inline-end: 1px solid var(--card-background-color, #fff);
  }
  .track i.charge {
    --color: var(--eo-charge);
  }
  .track i.discharge {
    --color: var(--eo-discharge);
  }
  .track .word {
    padding: 0;
    min-height: 0;
  }
  .track b,
  .track .word {
    border: 2px solid var(--primary-color);
    background: repeating-linear-gradient(
      135deg,
      color-mix(in srgb, var(--primary-color) 45%, transparent) 0 3px,
      transparent 3px 8px
    );
    border-radius: 3px;
  }
  .over {
    position: absolute;
    inset: 0 var(--right) 18px var(--left);
    pointer-events: none;
  }
  .over > * {
    position: absolute;
    top: 0;
    bottom: 0;
  }
  .before {
    left: 0;
    background: color-mix(in srgb, var(--primary-text-color) 4%, transparent);
  }
  .here {
    width: 0;
    border-left: 2px solid var(--error-color, #db4437);
  }
  .cell {
    box-sizing: border-box;
    min-width: 2px;
    background: color-mix(in srgb, var(--primary-color) 25%, transparent);
    border-inline: 1px solid var(--primary-color);
  }
  dl {
    margin: 0 0 8px;
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(150px, 1fr));
    gap: 6px 12px;
  }
  dt {
    font-size: 0.8rem;
    color: var(--eo-quiet);
    display: flex;
    align-items: center;
    gap: 6px;
  }
  dt i {
    width: 12px;
    border-top: 3px solid var(--color);
    flex: none;
  }
  dt i.dashed {
    border-top-style: dashed;
  }
  dd {
    margin: 0;
    font-variant-numeric: tabular-nums;
  }
  .what {
    font-weight: 500;
  }
  .table {
    overflow: auto;
    max-height: 420px;
  }
  table {
    border-collapse: collapse;
    font-size: 0.85rem;
    width: 100%;
    font-variant-numeric: tabular-nums;
  }
  caption {
    text-align: start;
    color: var(--eo-quiet);
    padding-bottom: 4px;
  }
  th,
  td {
    padding: 4px 8px;
    text-align: end;
    font-weight: normal;
    white-space: nowrap;
    border-bottom: 1px solid var(--eo-line);
  }
  thead th {
    position: sticky;
    top: 0;
    background: var(--card-background-color, #fff);
  }
  th:first-child {
    text-align: start;
  }
`;
