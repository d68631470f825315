import type { Outcome, Replica, Transport, TransportEvent, Turn, VirtualClock } from "tavus-echo";
import { otherwise, withTurns } from "./facade.js";

/** A lie or a mistake that is put between the app and the client, or between the client and the room: the judge must find each. */
export interface Defect {
  name: string;
  transport?(inner: Transport, clock: VirtualClock): Transport;
  replica?(inner: Replica, clock: VirtualClock): Replica;
}

const outcomes = (name: string, tell: (outcome: Outcome) => Outcome): Defect => ({
  name,
  replica: (inner) => withTurns(inner, (turn) => ({ outcome: turn.outcome.then(tell) })),
});

const later = (name: string, wait: (outcome: Outcome, clock: VirtualClock) => Promise<void>): Defect => ({
  name,
  replica: (inner, clock) =>
    withTurns(inner, (turn) => ({
      outcome: turn.outcome.then(async (outcome) => {
        await wait(outcome, clock);
        return outcome;
      }),
    })),
});

const positions = (name: string, tell: (position: Turn["position"]) => Turn["position"]): Defect => ({
  name,
  replica: (inner) =>
    withTurns(inner, (turn) => ({
      get position() {
        return tell(turn.position);
      },
    })),
});

interface Message {
  event_type?: string;
}

/** What the client sends goes through `pass`, which sends on what it wants. */
const sending = (name: string, make: (send: (message: object) => void) => (message: object) => void): Defect => ({
  name,
  transport(inner) {
    const pass = make((message) => inner.send(message));
    return otherwise(inner, { send: pass });
  },
});

/** What the client receives is what `pass` makes of it; undefined is dropped. */
const receiving = (name: string, pass: (event: TransportEvent) => TransportEvent | undefined): Defect => ({
  name,
  transport: (inner) =>
    otherwise(inner, {
      subscribe: (listener) =>
        inner.subscribe((event) => {
          const passed = pass(event);
          if (passed) listener(passed);
        }),
    }),
});

const isEcho = (message: object): boolean => (message as Message).event_type === "conversation.echo";

/** Every so many echo messages are treated otherwise. */
function everyEcho(number: number, act: (message: object, send: (message: object) => void) => void) {
  return (send: (message: object) => void) => {
    let count = 0;
    return (message: object): void => {
      if (isEcho(message) && ++count % number === 0) act(message, send);
      else send(message);
    };
  };
}

function swapped(send: (message: object) => void): (message: object) => void {
  let count = 0;
  let kept: object | undefined;
  return (message) => {
    const last = (message as { properties?: { done?: boolean } }).properties?.done;
    if (isEcho(message) && !last && !kept && ++count % 5 === 0) {
      kept = message;
      return;
    }
    send(message);
    if (kept) send(kept);
    kept = undefined;
  };
}

/** All defects, by name. */
export const defects: readonly Defect[] = [
  outcomes("heard-inflated", (outcome) =>
    outcome.type === "interrupted" ? { ...outcome, heardSeconds: 1.5 * outcome.heardSeconds } : outcome,
  ),
  outcomes("all-sent-is-heard", (outcome) =>
    outcome.type === "interrupted" ? { ...outcome, heardSeconds: outcome.sentSeconds } : outcome,
  ),
  outcomes("heard-halved", (outcome) => ({ ...outcome, heardSeconds: outcome.heardSeconds / 2 })),
  outcomes("failure-is-spoken", (outcome) => {
    const { heardSeconds, sentSeconds, basis } = outcome;
    return outcome.type === "failed" ? { type: "spoken", heardSeconds, sentSeconds, basis } : outcome;
  }),
  outcomes("interruption-is-spoken", (outcome) => {
    const { heardSeconds, sentSeconds, basis } = outcome;
    return outcome.type === "interrupted" ? { type: "spoken", heardSeconds, sentSeconds, basis } : outcome;
  }),
  outcomes("cause-is-the-replica", (outcome) =>
    outcome.type === "interrupted" && outcome.by === "app" ? { ...outcome, by: "replica" } : outcome,
  ),
  outcomes("basis-is-event", (outcome) => ({ ...outcome, basis: "event" })),
  later("interrupted-never-settles", (outcome) =>
    outcome.type === "interrupted" ? new Promise<void>(() => {}) : Promise.resolve(),
  ),
  later("settles-15-s-late", (_, clock) => clock.sleep(15)),
  positions("position-ahead", ({ seconds, basis }) => ({ seconds: seconds && seconds + 1.5, basis })),
  {
    name: "cues-2-s-early",
    replica: (inner) =>
      withTurns(inner, (turn) => ({ at: (seconds, cue) => turn.at(Math.max(0.01, seconds - 2), cue) })),
  },
  {
    name: "errors-are-hidden",
    replica: (inner) =>
      otherwise(inner, {
        on: (type, listener, options) => (type === "error" ? () => {} : inner.on(type, listener, options)),
      }),
  },
  {
    name: "rejection-at-interrupt",
    replica: (inner) =>
      otherwise(inner, {
        interrupt() {
          void Promise.reject(new Error("Nobody catches this."));
          return inner.interrupt();
        },
      }),
  },
  sending("interrupts-are-swallowed", (send) => (message) => {
    if ((message as Message).event_type !== "conversation.interrupt") send(message);
  }),
  sending(
    "messages-are-dropped",
    everyEcho(7, () => {}),
  ),
  sending(
    "messages-are-doubled",
    everyEcho(5, (message, send) => {
      send(message);
      send(message);
    }),
  ),
  sending("messages-are-swapped", swapped),
  receiving("stops-are-dropped", (event) =>
    event.type === "message" && /stopped_speaking/.test(String((event.message as Message | null)?.event_type))
      ? undefined
      : event,
  ),
  receiving("outages-are-not-seen", (event) => (event.type === "network" ? undefined : event)),
  receiving("everybody-is-trusted", (event) => (event.type === "message" ? { ...event, fromReplica: true } : event)),
];
