import type { Clock } from "../../src/flow/clock.js";

/**
 * A replica that shares no code with the fake's: the shortest thing that behaves as the protocol says, and can be told
 * to get single points wrong. The conformance suite must see exactly those.
 */
export interface Mistakes {
  /** Assumes 24000 where `sample_rate` is missing. */
  wrongRate?: boolean;
  /** Says a message again that comes again after `done`. */
  repeats?: boolean;
  /** Drops the samples of the message that carries `done: true`. */
  cutsLast?: boolean;
  /** Takes an id again after an interrupt. */
  reusesIds?: boolean;
}

interface Line {
  id: string;
  seconds: number;
  done: boolean;
  startedAt: number | undefined;
}

interface Room {
  participant(options: { userId: string; onMessage(data: unknown): void }): { send(data: unknown): void };
}

/** Seats it in `room`, as the participant whose user id contains tavus-replica. Its time is the clock's. */
export function seatOtherReplica(room: Room, mistakes: Mistakes, clock: Clock): void {
  let lines: Line[] = [];
  const over = new Set<string>();
  const interrupted = new Set<string>();
  let count = 0;
  const now = (): number => clock.now();
  const seat = room.participant({ userId: "other-tavus-replica", onMessage: take });
  const tell = (event: string, line: Line, properties?: object): void =>
    seat.send({
      message_type: "conversation",
      event_type: `conversation.replica.${event}_speaking`,
      inference_id: line.id,
      ...(properties && { properties }),
    });

  function take(data: unknown): void {
    const { event_type, properties = {} } = (data ?? {}) as {
      event_type?: string;
      properties?: Record<string, string | number | boolean | undefined>;
    };
    if (event_type === "conversation.interrupt") {
      const [line] = lines;
      for (const { id } of lines) interrupted.add(id);
      lines = [];
      if (line?.startedAt !== undefined)
        tell("stopped", line, { duration: Math.min(line.seconds, now() - line.startedAt), interrupted: true });
    }
    if (event_type !== "conversation.echo") return;
    const text = (properties.modality ?? "text") === "text";
    const done = Boolean(properties.done ?? text);
    const id = String(properties.inference_id ?? `unnamed-${++count}`);
    if (over.has(id) && !mistakes.repeats) return;
    if (interrupted.has(id) && !mistakes.reusesIds) return;
    let line = lines.find((other) => other.id === id);
    if (!line) {
      line = { id, seconds: 0, done: false, startedAt: undefined };
      lines.push(line);
    }
    const rate = Number(properties.sample_rate ?? (mistakes.wrongRate ? 24_000 : 16_000));
    const bytes = text ? 0 : (String(properties.audio).replace(/=+$/, "").length * 3) / 4;
    const cut = mistakes.cutsLast && done && line.seconds > 0;
    line.seconds += text ? String(properties.text).length / 15 : cut ? 0 : Math.floor(bytes) / 2 / rate;
    line.done = done;
    if (done) over.add(id);
    play();
  }

  function play(): void {
    const [line] = lines;
    if (!line) return;
    if (line.startedAt === undefined && (line.seconds >= 0.1 || line.done)) {
      line.startedAt = now();
      tell("started", line);
    }
    if (line.startedAt === undefined || !line.done) return;
    const left = line.startedAt + line.seconds - now();
    if (left > 0.001) {
      void clock.sleep(left).then(play);
      return;
    }
    lines.shift();
    tell("stopped", line, { duration: line.seconds });
    play();
  }
}
