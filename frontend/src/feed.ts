/** One site's messages for any number of cards on a page: subscribed once, for as long as a card is shown. */

import type { Connection, Place, Site } from "./ha";

/** How a feed stands: what was told last, or why nothing is. */
export interface Told {
  place?: Place | Site;
  /** Code of the error: `not_found`, `unauthorized`, or another where the integration does not answer. */
  problem?: string;
}

type Listener = (told: Told) => void;

const RETRY_MS = [2_000, 5_000, 15_000, 60_000];

class Feed {
  private listeners = new Set<Listener>();
  private told: Told = {};
  private leave?: Promise<(() => Promise<void>) | undefined>;
  private timer?: ReturnType<typeof setTimeout>;
  private tries = 0;

  constructor(
    private connection: Connection,
    private asked: object,
    private end: () => void,
  ) {}

  add(listener: Listener): () => void {
    this.listeners.add(listener);
    if (this.told.place || this.told.problem) listener(this.told);
    this.leave ??= this.subscribe();
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size === 0) this.stop();
    };
  }

  /** A connection that breaks is subscribed again by itself; what was refused is tried again here. */
  private async subscribe(): Promise<(() => Promise<void>) | undefined> {
    try {
      const leave = await this.connection.subscribeMessage<Place | Site>((place) => {
        this.tries = 0;
        this.tell({ place });
      }, this.asked);
      return leave;
    } catch (error) {
      const problem = (error as { code?: string | number }).code ?? "unknown";
      this.tell({ ...this.told, problem: String(problem) });
      const wait = RETRY_MS[Math.min(this.tries++, RETRY_MS.length - 1)];
      this.timer = setTimeout(() => {
        this.leave = this.subscribe();
      }, wait);
      return undefined;
    }
  }

  private tell(told: Told): void {
    this.told = told;
    for (const listener of this.listeners) listener(told);
  }

  private stop(): void {
    clearTimeout(this.timer);
    this.end();
    // Where the connection is gone, so is the subscription.
    void this.leave?.then((leave) => leave?.()).catch(() => undefined);
  }
}

const feeds = new WeakMap<Connection, Map<string, Feed>>();

/** Hear how a site stands, the only one where none is named; returns what ends that. */
export function listen(
  connection: Connection,
  entryId: string | undefined,
  language: string,
  listener: Listener,
): () => void {
  const known = feeds.get(connection) ?? new Map<string, Feed>();
  feeds.set(connection, known);
  const key = `${entryId ?? ""} ${language}`;
  let feed = known.get(key);
  if (!feed) {
    const asked = {
      type: "energy_orchestrator/subscribe",
      language,
      ...(entryId ? { entry_id: entryId } : {}),
    };
    feed = new Feed(connection, asked, () => known.delete(key));
    known.set(key, feed);
  }
  return feed.add(listener);
}
