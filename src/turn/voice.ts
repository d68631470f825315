import { EchoError } from "../errors.js";
import type { Clock } from "../flow/clock.js";
import { Pacer } from "../flow/pacer.js";
import { Waker } from "../flow/waker.js";
import type { TavusEvent } from "../tavus/event.js";
import { interruption, type Message } from "../tavus/interaction.js";
import type { Readiness } from "../transport/presence.js";
import type { Warning } from "../warning.js";
import { ActiveTurn, nothingToSay, type TurnHost } from "./active-turn.js";
import { Meter } from "./meter.js";
import type { Payload, Piece } from "./payload.js";
import { Rest } from "./rest.js";
import type { InterruptedBy, Turn } from "./turn.js";

/** After an interrupt the next turn waits for the stop event, or this long: Tavus acknowledges nothing else. */
const gateSeconds = 0.5;
/** From a message to its sound while nothing is known: a pre-buffer of 100 ms [likely, from pipecat's mock server]. */
const defaultStartSeconds = 0.1;
/** How long past the computed end a stop event is waited for: it was announced by a start; nothing is known; none ever comes. */
const graceSeconds = { announced: 3, unknown: 1.5, silent: 0.3 };
/** Below this lead, streamed audio leaves by the clock, as live audio does: there is no room to wait for what was heard. */
const clockedLeadSeconds = 0.5;
/** What live sources may have ahead after they were buffered, whatever the lead. */
const liveLeadSeconds = 20;
/** As long as a position is an estimate the lead counts that much less as heard. */
const estimateMarginSeconds = 2;
/** How often figures are told while turns are under way. */
const reportSeconds = 1;
/** The shortest sleep: closer times are the same moment. */
const tickSeconds = 0.001;

/** What the voice needs of the replica around it. */
export interface VoiceHost {
  /** The injected time. */
  readonly clock: Clock;
  /** See `Replica`. */
  readonly leadSeconds: number;
  /** See `Replica`. */
  readonly messagesPerSecond: number;
  /** See `Replica`. */
  readonly readyTimeoutSeconds: number;
  /** See `Replica`. */
  readonly resumeWindowSeconds: number;
  /** Whether messages can be sent now. */
  readonly readiness: Readiness;
  /** When `readiness` last ceased to be ready, or began. */
  readonly readinessSince: number;
  /** Characters that the room takes now. */
  readonly limit: number;
  /** As far as known. */
  readonly conversationId: string | undefined;
  /** Sends, or throws an EchoError and has sent nothing. */
  transmit(message: Message): void;
  /** Something works on, but somebody should know. */
  warn(warning: Warning): void;
  /** A turn has settled. */
  settled(turn: ActiveTurn): void;
  /** About a second has passed with turns under way. */
  progress(): void;
  /** A turn's first message has left, or its first sound was heard. */
  milestone(turn: ActiveTurn, what: "first-message" | "first-speech"): void;
}

/** The replica's one voice: the queue of turns, and the loop that sends what may be sent and settles what is over. */
export class Voice implements TurnHost {
  readonly clock: Clock;
  /** What was counted. */
  readonly meter = new Meter();
  readonly #host: VoiceHost;
  readonly #pacer: Pacer;
  readonly #waker: Waker;
  readonly #rest: Rest;
  /** The first one is being said; the others wait. */
  #turns: ActiveTurn[] = [];
  #gateUntil = Number.NEGATIVE_INFINITY;
  /** An interrupt that was asked for while the network was down. */
  #interruptOwed = false;
  /** Something that could sound left since the last interrupt. */
  #sinceInterrupt = false;
  /** Whether Tavus' starts and stops reach us: undefined until a whole turn has shown it. */
  #eventsCome: boolean | undefined;
  /** Ids of turns that are over: what still comes about them is late. The latest 64. */
  readonly #pastIds = new Set<string>();
  #startSeconds = defaultStartSeconds;
  #reportedAt = Number.NEGATIVE_INFINITY;
  #slowAt: number | undefined;
  #stopped = false;

  constructor(host: VoiceHost) {
    this.#host = host;
    this.clock = host.clock;
    this.#pacer = new Pacer(host.messagesPerSecond);
    this.#waker = new Waker(host.clock);
    this.#rest = new Rest(host.resumeWindowSeconds);
    void this.#run();
  }

  get startSeconds(): number {
    return this.#startSeconds;
  }

  /** The turn that is being said. */
  get current(): ActiveTurn | undefined {
    return this.#turns[0];
  }

  /** No turn is left. */
  get idle(): boolean {
    return this.#turns.length === 0;
  }

  /** All that are not settled, the current one first. */
  get turns(): readonly ActiveTurn[] {
    return this.#turns;
  }

  /** Seconds gathered and not sent, of all turns. */
  get queuedSeconds(): number {
    return this.#turns.reduce((sum, { payload }) => sum + payload.queuedSeconds, 0);
  }

  /** Makes a turn and puts it at the end of the queue, or in place of everything. */
  add(payload: Payload, mode: "queue" | "replace"): ActiveTurn {
    if (mode === "replace") this.cut(this.#turns, "replaced");
    const turn = new ActiveTurn(payload, this);
    this.#turns.push(turn);
    this.wake();
    return turn;
  }

  wake(): void {
    this.#waker.wake();
  }

  /** Cuts one turn. */
  interrupt(turn: ActiveTurn, by: InterruptedBy = "app"): void {
    this.cut([turn], by);
  }

  resume(turn: ActiveTurn): Turn {
    this.#rest.remove(turn);
    turn.payload.resume();
    return this.add(turn.payload, "queue");
  }

  /** Settles `turns` as interrupted. If any of them has been sent in part, the replica is told. Returns those that were cut. */
  cut(turns: readonly ActiveTurn[], by: InterruptedBy): readonly ActiveTurn[] {
    const cut = turns.filter(({ ending }) => !ending);
    const audible = cut.some(({ begun }) => begun);
    // The queue first: a listener of the first turn's end must not see the next one begin.
    this.#turns = this.#turns.filter((turn) => !cut.includes(turn));
    if (audible) this.sendInterrupt();
    for (const turn of cut) this.#settle(turn, { type: "interrupted", by });
    return cut;
  }

  /** Cuts every turn, and stops whatever the replica is saying, ours or not. */
  cutAll(by: InterruptedBy): readonly ActiveTurn[] {
    const gated = this.clock.now() < this.#gateUntil && !this.#sinceInterrupt;
    const begun = this.#turns.some((turn) => turn.begun);
    const cut = this.cut(this.#turns, by);
    if (!begun && !gated) this.sendInterrupt();
    return cut;
  }

  /** Sends `conversation.interrupt`, at once or first of all when the network is back. Before the join there is nothing to stop. */
  sendInterrupt(): void {
    const { readiness } = this.#host;
    if (readiness === "held") this.#interruptOwed = true;
    if (readiness !== "ready") return;
    this.#interruptOwed = false;
    try {
      this.#transmit(interruption(this.#host.conversationId));
    } catch (error) {
      this.#host.warn({
        code: "interrupt-not-sent",
        message: `The interrupt could not be sent: ${error instanceof Error ? error.message : error}`,
        remedy: "Check the call: the replica may go on with what it has.",
      });
      return;
    }
    this.meter.interrupts++;
    this.#sinceInterrupt = false;
    this.#gateUntil = this.clock.now() + gateSeconds;
  }

  /** Fails every turn: the call is gone. */
  failAll(error: (turn: ActiveTurn) => EchoError): void {
    const turns = this.#turns;
    this.#turns = [];
    for (const turn of turns) this.#settle(turn, { type: "failed", error: error(turn) });
    this.#interruptOwed = false;
    this.#gateUntil = Number.NEGATIVE_INFINITY;
  }

  /** Fails the turn of which something was sent: the replica that had it is gone. The others wait for the next. */
  failBegun(error: (turn: ActiveTurn) => EchoError): void {
    for (const turn of this.#turns.filter(({ begun }) => begun)) this.fail(turn, error(turn));
  }

  /** Resolves when no turn is left. */
  async drained(): Promise<void> {
    while (this.#turns.length > 0) await Promise.all(this.#turns.map(({ outcome }) => outcome));
  }

  /** Fails one turn. What was sent of it is closed, so that the replica does not wait for more. */
  fail(turn: ActiveTurn, error: EchoError): void {
    this.#turns = this.#turns.filter((other) => other !== turn);
    if (turn.begun && !turn.done && this.#host.readiness === "ready") {
      const closing = turn.payload.closing(turn.address(this.#host.conversationId));
      try {
        if (closing) {
          this.#transmit(closing.message());
          turn.sent(closing);
        }
      } catch {
        // The turn fails with the reason it has; that its last 10 ms could not be sent follows from it.
      }
    }
    this.#settle(turn, { type: "failed", error });
    this.wake();
  }

  /** A trusted start or stop of the replica. Returns the turn that it is about. */
  hear(event: TavusEvent & { type: "started" | "stopped" }): ActiveTurn | undefined {
    this.wake();
    if (event.type === "stopped") this.#gateUntil = Number.NEGATIVE_INFINITY;
    const [turn] = this.#turns;
    if (!turn || (event.inferenceId !== undefined && this.#pastIds.has(event.inferenceId))) return undefined;
    if (event.type === "started") {
      const first = !turn.hearing.anchored && turn.hearing.position.basis === "estimate";
      const heard = turn.heard;
      if (!turn.heardStart(event.inferenceId)) return undefined;
      if (first) this.#startSeconds = this.clock.now() - (turn.hearing.firstSentAt ?? this.clock.now());
      this.#eventsCome = true;
      if (!heard) this.#host.milestone(turn, "first-speech");
      return turn;
    }
    const stop = turn.heardStop({
      id: event.inferenceId,
      seconds: event.durationSeconds,
      interrupted: event.interrupted,
    });
    if (stop === "spoken" || stop === "interrupted") {
      this.#turns = this.#turns.filter((other) => other !== turn);
      this.#eventsCome = true;
    }
    if (stop === "spoken") this.#finish(turn);
    if (stop === "interrupted") this.#settle(turn, { type: "interrupted", by: "replica" });
    return stop === "ignored" || stop === "foreign" ? undefined : turn;
  }

  /** The replica can be reached (again): what rests for a resume now has its window. */
  reached(): void {
    this.#rest.reached(this.clock.now());
    this.wake();
  }

  /** Ends the loop and drops what rests. Turns must be settled before. */
  stop(): void {
    this.#stopped = true;
    this.#rest.clear();
    this.wake();
  }

  async #run(): Promise<void> {
    while (!this.#stopped) await this.#waker.sleep(Math.max(tickSeconds, this.#step()));
  }

  /** Does all that can be done now; returns the seconds until time alone changes something. */
  #step(): number {
    const now = this.clock.now();
    const { readiness } = this.#host;
    let wait = this.#rest.expire(now) - now;
    if (readiness === "ready" && this.#interruptOwed) this.sendInterrupt();
    if (readiness === "not-joined" || readiness === "replica-absent")
      wait = Math.min(wait, this.#failLate(readiness, now));
    for (const turn of this.#turns) {
      if (turn.payload.overflowing) this.fail(turn, this.#overflow(turn));
      else if (turn.payload.empty) this.fail(turn, nothingToSay(turn));
    }
    const [turn] = this.#turns;
    if (!turn) return wait;
    if (readiness === "ready") wait = Math.min(wait, this.#say(turn));
    if (turn.ending) return 0;
    if (now >= this.#reportedAt + reportSeconds) {
      this.#reportedAt = now;
      this.#host.progress();
    }
    return Math.min(wait, this.#reportedAt + reportSeconds - now, turn.tick() - now, this.#judge(turn));
  }

  /** Turns that have waited too long for the call or the replica. */
  #failLate(code: "not-joined" | "replica-absent", now: number): number {
    let wait = Number.POSITIVE_INFINITY;
    for (const turn of this.#turns) {
      const since = Math.max(turn.createdAt, this.#host.readinessSince);
      const left = since + this.#host.readyTimeoutSeconds - now;
      if (left > 0) wait = Math.min(wait, left);
      else this.fail(turn, new EchoError(code, `The turn waited ${this.#host.readyTimeoutSeconds} s.`));
    }
    return wait;
  }

  #overflow(turn: ActiveTurn): EchoError {
    const { readiness } = this.#host;
    const code =
      readiness === "held"
        ? "hold-exceeded"
        : readiness === "not-joined" || readiness === "replica-absent"
          ? readiness
          : "throughput-too-low";
    const { position } = turn.hearing;
    const told = `${position.sentSeconds.toFixed(2)} s were sent; ${turn.payload.queuedSeconds.toFixed(2)} s that were captured were not`;
    return new EchoError(code, `The backlog of the live source is full: ${told}.`);
  }

  /** Sends as much of `turn` as may leave now; returns the seconds until more may. */
  #say(turn: ActiveTurn): number {
    if (turn.state === "queued") {
      turn.begin();
      this.#pacer.restart(this.clock.now());
    }
    while (!turn.done && !turn.ending) {
      const now = this.clock.now();
      const wait = Math.max(this.#gateUntil - now, this.#pacer.delay(now));
      if (wait > 0) return wait;
      let piece: Piece | number | undefined;
      try {
        const address = turn.address(this.#host.conversationId);
        piece = turn.payload.next(address, this.#host.limit, turn.leadSeconds, now);
        if (typeof piece === "number") return piece;
        const hold = this.#leadDelay(turn, piece, now);
        if (hold > 0) return hold;
        if (!turn.begun) this.#checkThroughput(turn);
        const first = !turn.begun;
        const { limit } = this.#host;
        this.#transmit(piece.message());
        turn.sent(piece);
        if (first) this.#host.milestone(turn, "first-message");
        if (this.#host.limit < limit) this.#checkThroughput(turn);
      } catch (error) {
        if (this.#refusedAsTooLong(error, piece)) this.meter.resplits++;
        else this.fail(turn, asEchoError(error));
      }
    }
    return Number.POSITIVE_INFINITY;
  }

  /** Whether cutting again helps: the transport has learnt a limit that this piece is above. */
  #refusedAsTooLong(error: unknown, piece: Piece | number | undefined): boolean {
    if (!(error instanceof EchoError) || error.code !== "message-too-long") return false;
    return typeof piece === "object" && JSON.stringify(piece.message()).length > this.#host.limit;
  }

  /** Seconds until the lead has room for `piece`. */
  #leadDelay(turn: ActiveTurn, piece: Piece, now: number): number {
    const { hearing, payload } = turn;
    const { position } = hearing;
    const { leadSeconds } = this.#host;
    // Text is short, and it is the voice that makes it long: it goes at once.
    if (hearing.firstSentAt === undefined || !payload.exact) return 0;
    if (!payload.live && leadSeconds < clockedLeadSeconds)
      return position.sentSeconds - leadSeconds - (now - hearing.firstSentAt);
    const bound = payload.live ? Math.max(leadSeconds, liveLeadSeconds) : leadSeconds;
    const margin = position.basis === "estimate" ? Math.min(estimateMarginSeconds, bound / 4) : 0;
    const excess = position.sentSeconds + piece.seconds - bound;
    if (excess <= 0) return 0;
    return position.timeOf(Math.min(excess + margin, position.sentSeconds), now) - now;
  }

  #transmit(message: Message): void {
    this.#host.transmit(message);
    const now = this.clock.now();
    this.#pacer.sent(now);
    this.#sinceInterrupt = true;
  }

  /** Settles what must be over by now, and marks what must have begun; returns the seconds until it may be. */
  #judge(turn: ActiveTurn): number {
    const now = this.clock.now();
    const { position, anchored } = turn.hearing;
    if (!turn.begun) return Number.POSITIVE_INFINITY;
    const announced = anchored || position.basis !== "estimate";
    const patience = announced || this.#eventsCome === false ? 0 : 1;
    let wait = Number.POSITIVE_INFINITY;
    if (!turn.heard) {
      const left = position.timeOf(Math.min(1e-6, position.sentSeconds), now) + patience - now;
      if (left > 0) wait = left;
      else {
        turn.markHeard();
        this.#host.milestone(turn, "first-speech");
      }
    }
    if (!turn.done) return wait;
    const { announced: long, silent, unknown } = graceSeconds;
    // A voice may take twice the time that was guessed for a text.
    const guessed = turn.payload.exact ? 0 : position.sentSeconds;
    const grace = (announced ? long : this.#eventsCome === false ? silent : unknown) + guessed;
    const over = position.endsAt(now) + grace - now;
    if (over > 0) return Math.min(wait, over);
    if (!announced) this.#eventsCome ??= false;
    this.#turns = this.#turns.filter((other) => other !== turn);
    this.#finish(turn);
    return 0;
  }

  /** Said to its end: spoken, unless its source had broken off. */
  #finish(turn: ActiveTurn): void {
    const error = turn.payload.failure;
    this.#settle(turn, error ? { type: "failed", error } : { type: "spoken" });
    this.wake();
  }

  #settle(turn: ActiveTurn, ending: Parameters<ActiveTurn["settle"]>[0]): void {
    for (const id of turn.hearing.ids) this.#pastIds.add(id);
    for (const id of this.#pastIds) {
      if (this.#pastIds.size <= 64) break;
      this.#pastIds.delete(id);
    }
    const lost = ending.type === "failed" && this.#host.readiness === "left";
    turn.settle(ending);
    if (ending.type === "interrupted" && ending.by === "close") turn.payload.cancel();
    else if (ending.type !== "spoken") this.#rest.add(turn, this.clock.now(), lost);
    this.#host.settled(turn);
    this.wake();
  }

  /** Warns once per limit when audio cannot leave as fast as it is spoken. */
  #checkThroughput(turn: ActiveTurn): void {
    const { limit, messagesPerSecond, conversationId } = this.#host;
    const ratio = turn.payload.capacitySeconds(turn.address(conversationId), limit) * this.#pacer.sustained;
    if (ratio >= 1 || this.#slowAt === limit) return;
    this.#slowAt = limit;
    this.#host.warn({
      code: "throughput-too-low",
      message: `At ${limit} characters a message and ${messagesPerSecond} messages/s, audio leaves at ${ratio.toFixed(2)} of the speed of speech.`,
      remedy: "Raise messagesPerSecond, use sampleRate 16000, or ask for a room with a larger message limit.",
    });
  }
}

const asEchoError = (error: unknown): EchoError =>
  error instanceof EchoError
    ? error
    : new EchoError("call-left", `The transport refused a message: ${error instanceof Error ? error.message : error}`, {
        cause: error,
      });
