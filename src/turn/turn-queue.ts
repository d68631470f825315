import { report } from "../emitter.js";
import { EchoError } from "../errors.js";
import type { Clock } from "../flow/clock.js";
import { Waker } from "../flow/waker.js";
import type { LevelWatch } from "../playback/level-watch.js";
import { type Basis, endsAt } from "../playback/playback-clock.js";
import { heardAt, position } from "../playback/position.js";
import { reduce } from "../playback/reduce.js";
import { initialState, type PlaybackFact, type PlaybackInput, type PlaybackState } from "../playback/state.js";
import { ActiveTurn } from "./active-turn.js";
import { deadline, stallDeadline } from "./deadline.js";
import { Interrupter } from "./interrupter.js";
import { Meter } from "./meter.js";
import type { Outlet } from "./outlet.js";
import type { Payload, Piece } from "./payload.js";
import type { QueueHost, QueueSettings } from "./queue-host.js";
import { Rest } from "./rest.js";
import { Sender } from "./sender.js";
import type { InterruptedBy, Turn } from "./turn.js";
import type { Ending, TurnHost } from "./turn-host.js";
import { doubtWarning, lossError } from "./unheard.js";

/** How often figures are reported while turns are under way. */
const reportSeconds = 1;
/** Whether a replica hears what arrives right after it joined is [unknown]: the first words after that wait this long. */
const listensSeconds = 2;
/** The shortest sleep: closer times are the same moment. */
const tickSeconds = 0.001;

/** The replica's turns: the queue, the loop that says the first of them, and what follows from what was heard. */
export class TurnQueue implements TurnHost {
  readonly clock: Clock;
  /** What was counted. */
  readonly meter = new Meter();
  readonly #outlet: Outlet;
  readonly #host: QueueHost;
  readonly #settings: QueueSettings;
  readonly #sender: Sender;
  readonly #interrupter: Interrupter;
  readonly #waker: Waker;
  readonly #rest: Rest;
  /** The first one is being said; the others wait. */
  #turns: readonly ActiveTurn[] = [];
  #playback: PlaybackState = initialState();
  /** When time alone may change what was heard. */
  #lookAgainAt = Infinity;
  #reportedAt = -Infinity;
  #stopped = false;
  #levels: LevelWatch | undefined;
  #levelsAsked = false;
  /** A replica that has just come may hear nothing before this time. */
  #listensAt = -Infinity;
  #stallWarned: ActiveTurn | undefined;

  constructor(outlet: Outlet, host: QueueHost, settings: QueueSettings) {
    this.#outlet = outlet;
    const { clock } = settings;
    this.clock = clock;
    this.#host = host;
    this.#settings = settings;
    this.#sender = new Sender(clock, outlet, this.meter, settings);
    this.#interrupter = new Interrupter(clock, outlet, this.meter, () => this.feed({ type: "interruptSent" }));
    this.#waker = new Waker(clock);
    this.#rest = new Rest(settings.resumeWindowSeconds);
    void this.#run();
  }

  /** All that are not settled; the first is the current one. */
  get turns(): readonly ActiveTurn[] {
    return this.#turns;
  }

  /** Seconds gathered and not sent, of all turns. */
  get queuedSeconds(): number {
    return this.#turns.reduce((sum, { payload }) => sum + payload.queuedSeconds, 0);
  }

  position(): { seconds: number; basis: Basis } | undefined {
    return position(this.#playback, this.clock.now());
  }

  heardAt(seconds: number): number {
    return heardAt(this.#playback, seconds, this.clock.now());
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

  /** Settles `turns` as interrupted. If any of them may still sound, the replica is interrupted first. Returns those that were cut. */
  cut(turns: readonly ActiveTurn[], by: InterruptedBy): readonly ActiveTurn[] {
    const cut = turns.filter(({ ending }) => !ending);
    if (cut.some(({ underWay }) => underWay)) this.#interrupter.interrupt(by === "close");
    this.#end(cut, () => ({ type: "interrupted", by }));
    return cut;
  }

  /** Cuts every turn, and stops whatever the replica is saying, ours or not. */
  cutAll(by: InterruptedBy): readonly ActiveTurn[] {
    const repeats = this.#interrupter.repeats && this.#playback.gateUntil > this.clock.now();
    const told = this.#interrupter.owed || repeats || this.#turns.some(({ underWay }) => underWay);
    const cut = this.cut(this.#turns, by);
    if (!told) this.#interrupter.interrupt();
    return cut;
  }

  /** Fails every turn: the call is gone. */
  failAll(error: (turn: ActiveTurn) => EchoError): void {
    this.#gone(true);
    this.#end(this.#turns, (turn) => ({ type: "failed", error: error(turn) }));
  }

  /** Fails the turn of which something was sent: the replica that had it is gone. The others wait for the next. */
  failBegun(error: (turn: ActiveTurn) => EchoError): void {
    this.#gone(false);
    const begun = this.#turns.filter((turn) => turn.begun);
    this.#end(begun, (turn) => ({ type: "failed", error: error(turn) }));
  }

  /** Fails one turn. What was sent of it and is not heard yet is interrupted, so that no later turn is taken for it. */
  fail(turn: ActiveTurn, error: EchoError): void {
    if (turn.underWay && turn.leadSeconds > 0) this.#interrupter.interrupt();
    else if (turn.underWay && !turn.done) {
      const closing = this.#sender.close(turn);
      if (closing?.left) this.#sent(turn, closing.piece);
    }
    this.#end([turn], () => ({ type: "failed", error }));
  }

  /** Resolves when no turn is left. */
  async drained(): Promise<void> {
    while (this.#turns.length > 0) await Promise.all(this.#turns.map(({ outcome }) => outcome));
  }

  /** Something happened that says what was heard, of one of `turns`. */
  feed(input: PlaybackInput, turns = this.#turns): void {
    const now = this.clock.now();
    const { state, facts, lookAgainAt } = reduce(this.#playback, input, now);
    if (facts.length > 0 || lookAgainAt !== this.#lookAgainAt || state.gateUntil !== this.#playback.gateUntil)
      this.wake();
    this.#playback = state;
    this.#lookAgainAt = lookAgainAt;
    for (const fact of facts) this.#follow(fact, turns);
  }

  /** The turn that is sent under this id, or that Tavus speaks of by it. */
  turnOf(id: string | undefined): ActiveTurn | undefined {
    const { span } = this.#playback;
    const named = id !== undefined && span?.alias === id ? span.turn : undefined;
    return this.#turns.find((turn) => turn.id === named || turn.inferenceIds.includes(id ?? ""));
  }

  /** The replica can be reached (again): what rests for a resume now has its window. `fresh`: it has just come. */
  reached(fresh: boolean): void {
    if (fresh) this.#listensAt = this.clock.now() + listensSeconds;
    this.#rest.reached(this.clock.now());
    this.#interrupter.flushPending();
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
    this.feed({ type: "gone", call: false });
    this.wake();
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      let next = this.clock.now() + reportSeconds;
      try {
        next = this.#step();
      } catch (error) {
        // A defect, of ours or of a payload: it is reported, and the queue does not stand still for ever.
        report(error);
      }
      await this.#waker.sleep(Math.max(tickSeconds, next - this.clock.now()));
    }
  }

  /** Does all that can be done now; returns when time alone changes something. */
  #step(): number {
    const now = this.clock.now();
    if (this.#lookAgainAt <= now) this.feed({ type: "tick" });
    let next = Math.min(this.#rest.expire(now), this.#interrupter.flushPending());
    for (const turn of this.#turns) {
      const until = deadline(turn, this.#outlet, this.#settings.readyTimeoutSeconds, now);
      if (typeof until === "number") next = Math.min(next, until);
      else this.fail(turn, until);
    }
    const [turn, following] = this.#turns;
    if (!turn) return next;
    // What comes next is ready when its time comes.
    if (turn.payload.finished) following?.payload.open();
    const stall = this.#stall(turn, now);
    if (typeof stall === "number") next = Math.min(next, stall);
    else this.fail(turn, stall);
    if (!turn.ending && this.#outlet.readiness === "ready" && !this.#interrupter.owed)
      next = Math.min(next, this.#say(turn));
    // A source may end after all that it gave was said.
    if (!turn.ending && turn.begun && !turn.underWay && turn.payload.finished) this.#finish(turn);
    if (!turn.ending) next = Math.min(next, turn.tick());
    this.#watch();
    // A settled turn makes room for the next.
    if (turn.ending) return now;
    if (now >= this.#reportedAt + reportSeconds) {
      this.#reportedAt = now;
      this.#host.progress();
    }
    return Math.min(next, this.#lookAgainAt, this.#reportedAt + reportSeconds);
  }

  /** When a source that produces nothing is too late; an EchoError: it is. */
  #stall(turn: ActiveTurn, now: number): number | EchoError {
    const { span } = this.#playback;
    const quietSince = span ? endsAt({ ...span.clock }, now) : turn.createdAt;
    return stallDeadline(turn, quietSince, this.#settings.stallTimeoutSeconds, now, ({ code, message, remedy }) => {
      if (this.#stallWarned === turn) return;
      this.#stallWarned = turn;
      this.#outlet.warn({ code, message, remedy, turn });
    });
  }

  /** Sends as much of `turn` as may leave now; returns when more may. */
  #say(turn: ActiveTurn): number {
    if (turn.state === "queued") {
      turn.begin();
      this.#sender.restart();
    }
    const gateUntil = Math.max(this.#playback.gateUntil, this.#listensAt);
    if (gateUntil > this.clock.now()) return gateUntil;
    if (turn.unclosed) this.#sender.post(turn.unclosed);
    turn.unclosed = undefined;
    const silent = !turn.begun;
    try {
      const wait = this.#sender.say(
        turn,
        () => this.#playback,
        (piece) => this.#sent(turn, piece),
      );
      return this.clock.now() + wait;
    } catch (error) {
      this.fail(
        turn,
        error instanceof EchoError ? error : new EchoError("send-failed", String(error), { cause: error }),
      );
      return this.clock.now();
    } finally {
      if (silent && turn.begun) this.#host.milestone(turn, "first-message");
    }
  }

  #sent(turn: ActiveTurn, piece: Piece): void {
    const seconds = turn.sent(piece);
    const { payload, id } = turn;
    const { inferenceId } = turn.address(this.#outlet.conversationId);
    const goesOn = piece.last && !payload.finished;
    this.feed({ type: "sent", turn: id, id: inferenceId, seconds, done: piece.last, goesOn, exact: payload.exact });
  }

  /** Acts on what follows from what was heard. */
  #follow(fact: PlaybackFact, turns: readonly ActiveTurn[]): void {
    const turn = turns.find(({ id }) => id === fact.turn);
    switch (fact.type) {
      case "speaking":
        this.#host.speaking(turn, fact.basis);
        break;
      case "silent":
        this.#host.silent(turn, fact.interrupted);
        break;
      case "began":
        if (turn && !turn.heard) {
          turn.markHeard();
          this.#host.milestone(turn, "first-speech");
        }
        break;
      case "ended":
        if (!turn || turn.ending) break;
        // It may only have run dry: then it would hold up what follows under another id.
        if (fact.end === "abandoned" && !fact.done) {
          const closing = this.#sender.close(turn, true);
          if (!closing?.left) turn.unclosed = closing?.message;
        }
        turn.spanEnded(fact);
        if (fact.end === "interrupted") this.#end([turn], () => ({ type: "interrupted", by: "replica" }));
        else if (turn.payload.finished) this.#finish(turn);
        break;
      case "doubt":
        this.#outlet.warn({ ...doubtWarning(fact.code), turn });
        break;
      default:
        fact satisfies never;
    }
  }

  /** Where no start arrives, the replica's own sound says more than the clock. */
  #watch(): void {
    const { call, span } = this.#playback;
    if (!call.overdue) return;
    if (span) this.#levels?.follow();
    if (this.#levelsAsked) return;
    this.#levelsAsked = true;
    const { observeLevel } = this.#outlet;
    if (!observeLevel) {
      this.feed({ type: "noLevel" });
      return;
    }
    const current = (): ActiveTurn | undefined => this.#turns.find(({ underWay }) => underWay);
    import("../playback/level-watch.js").then(
      ({ LevelWatch }) => {
        this.#levels = new LevelWatch({
          clock: this.clock,
          sampleRate: this.#settings.sampleRate,
          state: () => this.#playback,
          heardSeconds: () => this.position()?.seconds ?? 0,
          samples: (from, to) => {
            const turn = current();
            return turn?.payload.sentSamples?.(turn.spanFrom + from, turn.spanFrom + to);
          },
          feed: (input) => this.feed(input),
          observe: observeLevel,
          warn: (error) => this.#outlet.warn(doubtWarning("level-not-observed", error)),
        });
        if (!this.#stopped) this.#levels.follow();
      },
      (error: unknown) => {
        this.feed({ type: "noLevel" });
        this.#outlet.warn(doubtWarning("level-not-observed", error));
      },
    );
  }

  /** The call, or the replica, is gone. */
  #gone(call: boolean): void {
    this.#interrupter.forget();
    this.#levels?.close();
    if (call) {
      this.#levels = undefined;
      this.#levelsAsked = false;
    }
    this.feed({ type: "gone", call });
  }

  /** Said to its end: spoken, unless something of it was lost, or its source had broken off. */
  #finish(turn: ActiveTurn): void {
    const error = turn.lostSeconds > 0 ? lossError(turn) : turn.payload.failure;
    this.#end([turn], () => (error ? { type: "failed", error } : { type: "spoken" }));
  }

  /** Decides the outcome of `turns`, and lays aside what is left of them. */
  #end(turns: readonly ActiveTurn[], outcome: (turn: ActiveTurn) => Ending): void {
    // Out of the queue first: a listener of the first turn's end must not see the next one begin.
    this.#turns = this.#turns.filter((turn) => !turns.includes(turn));
    for (const turn of turns) {
      const { underWay } = turn;
      turn.settle(outcome(turn));
      const { ending } = turn;
      if (ending?.type === "interrupted" && ending.by === "close") turn.payload.cancel();
      else if (ending?.type !== "spoken")
        this.#rest.add(turn, this.clock.now(), ending?.type === "failed" && this.#outlet.readiness === "left");
      if (underWay) this.feed({ type: "dropped" }, [turn]);
      this.#host.settled(turn);
    }
    this.wake();
  }
}
