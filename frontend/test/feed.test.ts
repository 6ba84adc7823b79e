import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { listen, type Told } from "../src/feed";
import type { Connection } from "../src/ha";
import { site } from "./samples";

class Wire {
  asked: object[] = [];
  left = 0;
  refuse = 0;
  tell: (message: unknown) => void = () => undefined;

  get connection(): Connection {
    return this as unknown as Connection;
  }

  async subscribeMessage(told: (message: unknown) => void, asked: object): Promise<() => Promise<void>> {
    this.asked.push(asked);
    if (this.refuse-- > 0) throw { code: "unknown_command" };
    this.tell = told;
    return async () => {
      this.left += 1;
    };
  }
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("a feed", () => {
  it("is subscribed once for all cards of a page, and left with the last", async () => {
    const wire = new Wire();
    const heard: Told[] = [];
    const first = listen(wire.connection, "entry", "en", (told) => heard.push(told));
    await vi.runAllTimersAsync();
    wire.tell(site());
    const second = listen(wire.connection, "entry", "en", (told) => heard.push(told));
    expect(wire.asked).toEqual([{ type: "energy_orchestrator/subscribe", language: "en", entry_id: "entry" }]);
    expect(heard.map((told) => told.place?.title)).toEqual(["Farm", "Farm"]);
    first();
    second();
    await vi.runAllTimersAsync();
    expect(wire.left).toBe(1);
    listen(wire.connection, "entry", "en", () => undefined);
    expect(wire.asked.length).toBe(2);
  });

  it("tries again where the integration does not answer yet", async () => {
    const wire = new Wire();
    wire.refuse = 2;
    const heard: Told[] = [];
    listen(wire.connection, undefined, "en", (told) => heard.push(told));
    await vi.advanceTimersByTimeAsync(0);
    expect(heard.at(-1)?.problem).toBe("unknown_command");
    await vi.advanceTimersByTimeAsync(10_000);
    wire.tell(site());
    expect(heard.at(-1)).toEqual({ place: site() });
    expect(wire.asked.length).toBe(3);
  });
});
