import type { Transport, TransportEvent } from "tavus-echo";

/** What passed between client and room, as JSON: enough to feed a client's rules again without a room. */
export type Passed =
  | { at: number; way: "sent"; message: object }
  | { at: number; way: "refused"; message: object }
  | { at: number; way: "event"; event: TransportEvent }
  | { at: number; way: "level"; level: number };

/** A transport that notes what passes through it, and refuses when it is told to. */
export interface Tap {
  readonly transport: Transport;
  readonly passed: readonly Passed[];
  /** The next sends throw. */
  refuse(sends: number): void;
}

/** Puts a tap on `inner`; `now` gives the seconds of the clock. */
export function tap(inner: Transport, now: () => number): Tap {
  const passed: Passed[] = [];
  let refusals = 0;
  const observe = inner.observeLevel?.bind(inner);
  const transport: Transport = {
    get maxMessageLength() {
      return inner.maxMessageLength;
    },
    get joining() {
      return inner.joining;
    },
    send(message) {
      const refused = refusals > 0;
      if (refused) {
        refusals--;
        passed.push({ at: now(), way: "refused", message });
        throw new Error("The transport refuses this message.");
      }
      inner.send(message);
      passed.push({ at: now(), way: "sent", message });
    },
    subscribe: (listener) =>
      inner.subscribe((event) => {
        passed.push({ at: now(), way: "event", event });
        listener(event);
      }),
    ...(observe && {
      observeLevel: (listener: (level: number) => void) =>
        observe((level) => {
          passed.push({ at: now(), way: "level", level });
          listener(level);
        }),
    }),
  };
  return {
    transport,
    passed,
    refuse(sends) {
      refusals += sends;
    },
  };
}
