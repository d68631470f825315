import { expect, test } from "vitest";
import { pcm } from "../../../src/source/pcm.js";
import { noisePcm } from "../../support/pcm-source.js";
import { replicaRoom } from "../../support/replica-room.js";

// Silence between two queued turns, as an app hears it that says one sentence after the other.
const rate = 24_000;

test.each([0.04, 0.4])(
  "between queued turns, %d s each way, the replica is silent for the round trip and its pre-buffer, no longer",
  async (latencySeconds) => {
    const { clock, room, replica, close } = await replicaRoom({ faults: { latencySeconds } });
    const sentences = [1, 2, 3, 4].map((n) =>
      replica.speak(
        pcm(
          async () => {
            // A synthesiser that takes a third of a second to its first sample.
            await clock.sleep(0.35);
            return noisePcm(2 * rate, n);
          },
          { encoding: "s16le", sampleRate: rate },
        ),
      ),
    );
    await clock.advance(20);
    for (const turn of sentences) expect((await turn.outcome).type).toBe("spoken");
    const at = (type: string): number[] =>
      room.messages
        .filter(({ data }) => (data as { event_type: string }).event_type === `conversation.replica.${type}_speaking`)
        .map((message) => message.at);
    const [starts, stops] = [at("started"), at("stopped")];
    const gaps = stops.slice(0, -1).map((stop, n) => starts[n + 1]! - stop);
    console.log(`${latencySeconds} s each way: ${gaps.map((gap) => gap.toFixed(3)).join(", ")} s of silence`);
    // The stop travels here, the next turn's first message there, and its first 0.1 s fill the pre-buffer.
    for (const gap of gaps) expect(gap).toBeLessThan(2 * latencySeconds + 0.06);
    await close();
  },
);
