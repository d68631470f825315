import { report } from "../emitter.js";
import type { EchoError } from "../errors.js";
import type { Clock } from "../flow/clock.js";
import { Waker } from "../flow/waker.js";
import type { TavusEvent } from "../tavus/event.js";
import { ActiveTurn } from "./active-turn.js";
import { deadline } from "./deadline.js";
import { Ears } from "./ears.js";
import { asEchoError } from "./failure.js";
import { Interrupter } from "./interrupter.js";
import type { LevelWatch } from "./level-watch.js";
import { Meter } from "./meter.js";
import type { Outlet } from "./outlet.js";
import type { Payload } from "./payload.js";
import { Rest } from "./rest.js";
import { Sender } from "./sender.js";
import type { InterruptedBy, Turn } from "./turn.js";
import type { Ending, TurnHost } from "./turn-host.js";
import type { VoiceHost, VoiceSettings } from "./voice-host.js";

/** How often figures are told while turns are under way. */
const reportSeconds = 1;
/** The shortest sleep: closer times are the same moment. */
const tickSeconds = 0.001;

/** The replica's one voice: the queue of turns, and the loop that says the first of them and settles what is over. */
export class Voice implements TurnHost {
  readonly clock: Clock;
  /** What was counted. */
  readonly meter = new Meter();
  readonly #outlet: Outlet;
  readonly #host: VoiceHost;
  readonly #settings: VoiceSettings;
  readonly #sender: Sender;
  readonly #interrupter: Interrupter;
  readonly #ears: Ears;
  readonly #waker: Waker;
  readonly #rest: Rest;
  /** The first one is being said; the others wait. */
  #turns: readonly ActiveTurn[] = [];
  #reportedAt = -Infinity;
  #stopped = false;
  #watching = false;
  #levels: LevelWatch | undefined;

  constructor(outlet: Outlet, host: VoiceHost, settings: VoiceSettings) {
    this.#outlet = outlet;
    const { clock } = settings;
    this.clock = clock;
    this.#host = host;
    this.#settings = settings;
    this.#sender = new Sender(clock, outlet, this.meter, settings);
    this.#interrupter = new Interrupter(clock, outlet, this.meter);
    this.#ears = new Ears(this.#interrupter);
    this.#waker = new Waker(clock);
    this.#rest = new Rest(settings.resumeWindowSeconds);
    void this.#run();
  }

  get startSeconds(): number {
    return this.#ears.patience.startSeconds;
  }

  /** All that are not settled; the first is the current one. */
  get turns(): readonly ActiveTurn[] {
    return this.#turns;
  }

  /** Seconds gathered and not sent, of all turns. */
  get queuedSeconds(): number {
    return this.#turns.reduce((sum, { payload }) => sum + payload.queuedSeconds, 0);
  }

  /** Makes a turn and puts it at the end of the queue, or in place of everything. `futile`: it will end at once, and opens nothing. */
  add(payload: Payload, mode: "queue" | "replace", futile = false): ActiveTurn {
    if (mode === "replace") this.cut(this.#turns, "replaced");
    const turn = new ActiveTurn(payload, this);
    if (payload.live && !futile) payload.open();
    this.#turns = [...this.#turns, turn];
    this.wake();
    return turn;
  }

  wake(): void {
    this.#waker.wake();
  }

  interrupt(turn: ActiveTurn): void {
    this.cut([turn], "app");
  }

  resume(turn: ActiveTurn): Turn {
    this.#rest.remove(turn);
    turn.payload.resume();
    return this.add(turn.payload, "queue");
  }

  /** Settles `turns` as interrupted. If any of them has been sent in part, the replica is told first. Returns those that were cut. */
  cut(turns: readonly ActiveTurn[], by: InterruptedBy): readonly ActiveTurn[] {
    const cut = turns.filter(({ ending }) => !ending);
    if (cut.some(({ begun }) => begun)) this.#silence(by === "close");
    this.#end(cut, () => ({ type: "interrupted", by }));
    return cut;
  }

  /** Cuts every turn, and stops whatever the replica is saying, ours or not. */
  cutAll(by: InterruptedBy): readonly ActiveTurn[] {
    const told = this.#interrupter.pending || this.#turns.some(({ begun }) => begun);
    const cut = this.cut(this.#turns, by);
    if (!told) this.#silence();
    return cut;
  }

  #silence(last?: boolean): void {
    this.#interrupter.interrupt(last);
    this.#ears.quiet(undefined, this.clock.now());
  }

  /** Fails every turn, or `turns`: the call is gone. */
  failAll(error: (turn: ActiveTurn) => EchoError, turns = this.#turns): void {
    this.#interrupter.forget();
    this.#levels?.close();
    this.#ears.quiet(undefined, this.clock.now());
    this.#end(turns, (turn) => ({ type: "failed", error: error(turn) }));
  }

  /** Fails the turn of which something was sent: the replica that had it is gone. The others wait for the next. */
  failBegun(error: (turn: ActiveTurn) => EchoError): void {
    this.failAll(
      error,
      this.#turns.filter(({ begun }) => begun),
    );
  }

  /** Fails one turn. What was sent of it is closed. */
  fail(turn: ActiveTurn, error: EchoError): void {
    if (turn.begun && !turn.done && this.#outlet.readiness === "ready") this.#sender.close(turn);
    this.#end([turn], () => ({ type: "failed", error }));
  }

  /** Resolves when no turn is left. */
  async drained(): Promise<void> {
    while (this.#turns.length > 0) await Promise.all(this.#turns.map(({ outcome }) => outcome));
  }

  /** A trusted start or stop of the replica. Returns the turn that it is about. */
  hear(event: TavusEvent & { type: "started" | "stopped" }): ActiveTurn | undefined {
    this.wake();
    const [turn] = this.#turns;
    const now = this.clock.now();
    const first = turn?.hearing.position.basis === "estimate";
    const meaning = this.#ears.hear(event, turn, now);
    if (!turn || meaning === "repeated" || meaning === "foreign" || meaning === "ignored") return undefined;
    if (meaning === "began") {
      const { firstSentAt = now, waited } = turn.hearing;
      if (first && !waited) this.#ears.patience.startSeconds = now - firstSentAt;
      this.#heard(turn);
    }
    if (meaning === "spoken") this.#finish(turn);
    if (meaning === "interrupted") this.#end([turn], () => ({ type: "interrupted", by: "replica" }));
    return turn;
  }

  /** The replica can be reached (again): what rests for a resume now has its window. */
  reached(): void {
    this.#rest.reached(this.clock.now());
    this.#interrupter.settleDebt();
    this.wake();
  }

  /** A message has left, of a turn or not. */
  transmitted(length: number): void {
    this.#sender.count();
    this.meter.message(length, this.clock.now());
  }

  /** Ends the loop and drops what rests. Turns must be settled before. */
  stop(): void {
    this.#stopped = true;
    this.#rest.clear();
    this.#levels?.close();
    this.wake();
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      let next = this.clock.now() + reportSeconds;
      try {
        next = this.#step();
      } catch (error) {
        // A defect, of ours or of a payload: it is told, and the voice does not fall silent for ever.
        report(error);
      }
      await this.#waker.sleep(Math.max(tickSeconds, next - this.clock.now()));
    }
  }

  /** Does all that can be done now; returns when time alone changes something. */
  #step(): number {
    const now = this.clock.now();
    const { readiness } = this.#outlet;
    this.#interrupter.settleDebt();
    let next = this.#rest.expire(now);
    for (const turn of this.#turns) {
      const until = deadline(turn, this.#outlet, this.#settings.readyTimeoutSeconds, now);
      if (typeof until === "number") next = Math.min(next, until);
      else this.fail(turn, until);
    }
    const [turn] = this.#turns;
    if (!turn) {
      this.#watch();
      return next;
    }
    if (readiness === "ready") next = Math.min(next, this.#say(turn));
    if (!turn.ending) next = Math.min(next, this.#judge(turn));
    if (!turn.ending) next = Math.min(next, turn.tick());
    this.#watch(turn);
    // A settled turn makes room for the next.
    if (turn.ending) return now;
    if (now >= this.#reportedAt + reportSeconds) {
      this.#reportedAt = now;
      this.#host.progress();
    }
    return Math.min(next, this.#reportedAt + reportSeconds);
  }

  /** Sends as much of `turn` as may leave now; returns when more may. */
  #say(turn: ActiveTurn): number {
    if (turn.state === "queued") {
      turn.begin();
      this.#sender.restart();
    }
    const gate = this.#interrupter.delay;
    if (gate > 0) return this.clock.now() + gate;
    const silent = !turn.begun;
    try {
      return this.clock.now() + this.#sender.say(turn);
    } catch (error) {
      this.fail(turn, asEchoError(error, "call-left", "The transport refused a message"));
      return this.clock.now();
    } finally {
      if (silent && turn.begun) this.#host.milestone(turn, "first-message");
    }
  }

  /** Settles what must be over by now, and marks what must have begun; returns when either may be. */
  #judge(turn: ActiveTurn): number {
    if (!turn.begun) return Infinity;
    const now = this.clock.now();
    this.#ears.attend(turn, now);
    const { heard, over, at } = this.#ears.patience.judge(turn, now);
    if (heard) this.#heard(turn);
    if (over) this.#finish(turn);
    return at;
  }

  /** Where no events come, the replica's own sound says more than the clock. */
  #watch(turn?: ActiveTurn): void {
    const { patience } = this.#ears;
    const followed = patience.eventless ? turn : undefined;
    if (followed && !this.#watching && this.#outlet.observeLevel) {
      this.#watching = true;
      import("./level-watch.js").then(({ LevelWatch }) => {
        this.#levels = new LevelWatch(this, this.#outlet, patience);
      }, report);
    }
    this.#levels?.follow(followed);
  }

  #heard(turn: ActiveTurn): void {
    if (turn.heard) return;
    turn.markHeard();
    this.#host.milestone(turn, "first-speech");
  }

  /** Said to its end: spoken, unless its source had broken off. */
  #finish(turn: ActiveTurn): void {
    const error = turn.payload.failure;
    this.#end([turn], () => (error ? { type: "failed", error } : { type: "spoken" }));
  }

  /** Decides the outcome of `turns`, and lays aside what is left of them. */
  #end(turns: readonly ActiveTurn[], outcome: (turn: ActiveTurn) => Ending): void {
    // Out of the queue first: a listener of the first turn's end must not see the next one begin.
    this.#turns = this.#turns.filter((turn) => !turns.includes(turn));
    for (const turn of turns) {
      const ending = outcome(turn);
      this.#ears.forget(turn);
      turn.settle(ending);
      if (ending.type === "interrupted" && ending.by === "close") turn.payload.cancel();
      else if (ending.type !== "spoken")
        this.#rest.add(turn, this.clock.now(), ending.type === "failed" && this.#outlet.readiness === "left");
      this.#host.settled(turn);
    }
    this.wake();
  }
}
