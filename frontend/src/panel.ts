/**
 * One panel of a picture: lines over time.
 *
 * uPlot draws them. Beside Chart.js 4, its nearest rival: 23 kB gzipped against 71 kB (52 kB where only lines and a
 * time axis are taken), both MIT; uPlot needs no adapter for times and has bands and steps built in.
 */

import uPlot from "uplot";

/** Room for an axis' numbers on the left, and for the last label on the right; what lies over a panel keeps to it too. */
export const LEFT = 44;
export const RIGHT = 10;

/** Steps of an axis that are told whole: none of 2.5. */
const STEPS = [0.01, 0.1, 1, 10, 100, 1000].flatMap((one) => [one, 2 * one, 5 * one]);

export interface Line {
  values: (number | null)[];
  /** A custom property of the card's style. */
  color: string;
  width?: number;
  dash?: number[];
  fill?: boolean;
  bars?: boolean;
  smooth?: boolean;
  scale?: "y" | "side";
}

export interface Drawn {
  /** Edges of the cells, one more than there are values. */
  edges: number[];
  lines: Line[];
  /** Two lines by index, between which is filled. */
  band?: [number, number];
  least?: number;
  most?: number;
  label: (value: number) => string;
  grid: number[];
}

export class Panel {
  private plot?: uPlot;
  private shape = "";
  private drawn?: Drawn;

  constructor(
    private host: HTMLElement,
    private height: number,
  ) {}

  draw(drawn: Drawn, width: number): void {
    if (width <= LEFT + RIGHT) return;
    this.drawn = drawn;
    const shape = `${drawn.lines.length} ${drawn.band?.join() ?? ""}`;
    const data = this.data(drawn);
    if (!this.plot || shape !== this.shape) {
      this.plot?.destroy();
      this.plot = new uPlot(this.options(drawn, width), data, this.host);
      this.shape = shape;
      return;
    }
    if (this.plot.width !== width) this.plot.setSize({ width, height: this.height });
    this.plot.setData(data);
  }

  destroy(): void {
    this.plot?.destroy();
    this.plot = undefined;
  }

  /** A step holds to the end of its cell: the last one is there twice. A smooth line stands at the cells' ends. */
  private data(drawn: Drawn): uPlot.AlignedData {
    const lines = drawn.lines.map((line) =>
      line.smooth ? [line.values[0] ?? null, ...line.values] : [...line.values, line.values.at(-1) ?? null],
    );
    return [drawn.edges, ...lines] as uPlot.AlignedData;
  }

  private color(name: string, share = 100): string {
    const found = getComputedStyle(this.host).getPropertyValue(name).trim() || "gray";
    return share === 100 ? found : `color-mix(in srgb, ${found} ${share}%, transparent)`;
  }

  private options(drawn: Drawn, width: number): uPlot.Options {
    const stepped = uPlot.paths.stepped!({ align: 1 });
    const font = "11px system-ui, sans-serif";
    const line = (): string => this.color("--eo-line");
    return {
      width,
      height: this.height,
      padding: [6, RIGHT, 6, 0],
      legend: { show: false },
      cursor: { show: false },
      select: { show: false, left: 0, top: 0, width: 0, height: 0 },
      scales: {
        x: { time: true, range: () => [this.drawn!.edges[0]!, this.drawn!.edges.at(-1)!] },
        y: { range: (_, low, high) => this.range(low ?? 0, high ?? 1) },
        side: { range: (_, low, high) => this.even(low ?? -1, high ?? 1) },
      },
      axes: [
        {
          size: 0,
          splits: () => this.drawn!.grid,
          values: (_, at) => at.map(() => ""),
          ticks: { show: false },
          grid: { stroke: line, width: 1 },
        },
        {
          size: LEFT,
          gap: 6,
          space: 20,
          incrs: STEPS,
          font,
          stroke: () => this.color("--eo-quiet"),
          values: (_, at) => at.map((value) => this.drawn!.label(value)),
          ticks: { show: false },
          grid: { stroke: line, width: 1 },
        },
      ],
      series: [
        {},
        ...drawn.lines.map((one, index): uPlot.Series => {
          return {
            scale: one.scale ?? "y",
            paths: one.smooth ? uPlot.paths.linear!() : stepped,
            stroke: () => this.color(one.color, one.bars || one.width === 0 ? 0 : 100),
            fill: one.fill || one.bars ? () => this.color(one.color, one.bars ? 55 : 22) : undefined,
            fillTo: one.bars ? 0 : undefined,
            width: one.width ?? 1.75,
            dash: one.dash,
            points: { show: false },
            spanGaps: false,
            show: index >= 0,
          };
        }),
      ],
      bands: drawn.band
        ? [
            {
              series: [drawn.band[1] + 1, drawn.band[0] + 1],
              fill: () => this.color(drawn.lines[drawn.band![0]]!.color, 22),
            },
          ]
        : [],
    };
  }

  private range(low: number, high: number): [number, number] {
    const least = Math.min(this.drawn?.least ?? low, low);
    const most = Math.max(this.drawn?.most ?? high, high);
    const room = (most - least || 1) * 0.06;
    return [least < 0 || this.drawn?.least === undefined ? least - room : least, most + room];
  }

  private even(low: number, high: number): [number, number] {
    const most = Math.max(Math.abs(low), Math.abs(high), 0.5) * 1.15;
    return [-most, most];
  }
}
