import { Replica, VirtualClock } from "tavus-echo";
import { createFakeRoom } from "tavus-echo/fake-room";
import { App } from "./app.js";
import type { Defect } from "./defects.js";
import { Ledger } from "./ledger.js";
import { nativeBase64 } from "./native-base64.js";
import { type Heard, lookSeconds, type WalkRecord } from "./record.js";
import { speech } from "./sources.js";
import { catchStray } from "./stray.js";
import { tap } from "./tap.js";
import type { Walk } from "./walk.js";

/** Seconds of the clock after the last step after which what has not settled is a hang: every time-out, then all that is to be said, slowly. */
function patienceSeconds({ steps }: Walk): number {
  let seconds = 0;
  for (const step of steps) {
    if (step.do === "speak") for (const part of step.source.parts) seconds += part.pauseSeconds + 3 * part.seconds;
    if (step.do === "say") for (const part of step.parts) seconds += part.pauseSeconds + part.words;
  }
  return 120 + seconds;
}

/** Runs a walk in virtual time, until every turn has settled and the room is silent, or nothing more is to be expected. */
export async function runWalk(walk: Walk, defect?: Defect): Promise<WalkRecord> {
  const clock = new VirtualClock();
  const { seed, lateSeconds, model, maxMessageLength, joinSeconds, never } = walk.room;
  const faults = {
    ...((never === "events" || never === "either") && { silent: true }),
    ...((never === "levels" || never === "either") && { audioLevels: false }),
  };
  const room = await createFakeRoom({
    clock,
    faults,
    seed,
    speech,
    conversationId: "c0123456789abcdef",
    model,
    maxMessageLength,
    joinSeconds,
    ...(lateSeconds !== undefined && { replica: "late" as const, lateSeconds }),
  });
  const tapped = tap(room.transport(), () => clock.now());
  const transport = defect?.transport?.(tapped.transport, clock) ?? tapped.transport;
  const stray = catchStray();
  const withoutNative = nativeBase64();
  const replica = new Replica({ transport, clock, ...walk.client });
  const record: WalkRecord = {
    walk,
    sampleRate: walk.client.sampleRate ?? 24_000,
    turns: [],
    cuts: [],
    moments: [],
    faults: [{ at: 0, changes: faults }],
    warnings: [],
    errors: [],
    states: [],
    uncaught: stray.found,
    passed: tapped.passed,
    messages: room.messages,
    room: [],
    closedAt: undefined,
    endedAt: 0,
    over: false,
  };
  const hear = (): Heard => {
    const heard = new Map<string, number>();
    // With an injected clock the room answers with what holds at the call.
    void room.turns().then((turns) => {
      for (const { id, seconds } of turns) heard.set(id, seconds);
    });
    return heard;
  };
  const told = defect?.replica?.(replica, clock) ?? replica;
  const ledger = new Ledger({ replica: told, clock, tap: tapped, record, hear });
  const app = new App({ replica: told, room, clock, tap: tapped, record, ledger });
  const pass = async (seconds: number): Promise<void> => {
    for (let left = seconds; left > 1e-9; left -= lookSeconds) {
      await clock.advance(Math.min(left, lookSeconds));
      ledger.look();
    }
  };
  try {
    for (const step of walk.steps) {
      if (step.do === "advance") await pass(step.seconds);
      else {
        app.take(step);
        await clock.advance(0);
      }
    }
    const end = clock.now() + patienceSeconds(walk);
    let quietAt = clock.now();
    while (clock.now() < end) {
      await pass(1);
      const playing = (await room.turns()).some((turn) => turn.playing && turn.receivedFrames > 0);
      const settled = record.turns.every(({ outcome }) => outcome);
      if (!settled || playing) quietAt = clock.now();
      if (clock.now() - quietAt >= 3 && app.idle) break;
    }
    record.endedAt = clock.now();
    record.over = true;
    record.room = await room.turns();
    await replica.close();
    room.close();
    await clock.advance(1);
  } finally {
    withoutNative();
    stray.restore();
  }
  return record;
}
