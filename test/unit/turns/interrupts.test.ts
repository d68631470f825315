import { expect, test } from "vitest";
import type { ReplicaModel } from "../../../src/fake-room/index.js";
import { noisePcm, pcmSource } from "../../support/pcm-source.js";
import { replicaRoom } from "../../support/replica-room.js";

// Interrupts that cross: several within one round trip, answered or not. The last turn is spoken whole all the same.
const rate = 24_000;
const last = noisePcm(2 * rate, 9);

async function talk(turns: number, latencySeconds: number, gapSeconds: number, model: ReplicaModel) {
  const { clock, room, replica, of, close } = await replicaRoom({ model, faults: { latencySeconds } });
  await clock.advance(2.5);
  for (let n = 1; n < turns; n++) {
    replica.speak(pcmSource(noisePcm(6 * rate, n), 4000), { mode: "replace" });
    await clock.advance(gapSeconds);
  }
  const turn = replica.speak(pcmSource(last, 4000), { mode: "replace" });
  const spokenAt: number[] = [];
  replica.on("speaking", (event) => void (event.turn === turn && spokenAt.push(clock.now())));
  await clock.advance(16);
  const outcome = await turn.outcome;
  const heard = (await room.turns()).find(({ id }) => id === turn.id);
  const startedAt = room.messages.find(
    ({ data }) =>
      (data as { event_type: string }).event_type.endsWith("started_speaking") &&
      (data as { inference_id: string }).inference_id === heard?.eventId,
  )?.at;
  const problems = of("error").length + of("warning").length;
  await close();
  return { outcome, heard: heard?.seconds, early: (startedAt ?? 0) - (spokenAt[0] ?? Infinity), problems };
}

for (const ids of ["kept", "md5"] as const)
  for (const interruptedStops of ["always", "started", "never"] as const)
    test(`two and three interrupts within a round trip: the last turn is spoken whole (ids ${ids}, stops ${interruptedStops})`, async () => {
      const found: string[] = [];
      for (const turns of [3, 4])
        for (const latencySeconds of process.env.ALL ? [0.04, 0.1, 0.2, 0.3, 0.4, 0.55, 0.7, 0.85, 1] : [0.04, 0.4, 1])
          for (const gapSeconds of process.env.ALL
            ? [0.1, 0.2, 0.3, 0.4, 0.55, 0.7, 0.85, 1, 1.2]
            : [0.1, 0.4, 0.7, 1.2]) {
            const { outcome, heard, early, problems } = await talk(turns, latencySeconds, gapSeconds, {
              ids,
              interruptedStops,
            });
            // Nor is it said to be heard before it was.
            if (outcome.type !== "spoken" || outcome.heardSeconds !== 2 || heard !== 2 || problems > 0 || early > 0.001)
              found.push(JSON.stringify({ turns, latencySeconds, gapSeconds, outcome, heard, early, problems }));
          }
      expect(found).toEqual([]);
    }, 900_000);
