/** A transport whose wire acknowledges playback: turns are placed and settled by it, without an event of Tavus. */
import { expect, test } from "vitest";
import { VirtualClock } from "../../src/flow/virtual-clock.js";
import { Replica } from "../../src/index.js";
import { pcm } from "../../src/source/pcm.js";
import { ScriptedTransport } from "../support/scripted-transport.js";

function world() {
  const clock = new VirtualClock();
  const transport = new ScriptedTransport();
  const ids: string[] = [];
  transport.onsend = (message) => {
    const { inference_id: id } = (message.properties ?? {}) as { inference_id?: string };
    if (id !== undefined && !ids.includes(id)) ids.push(id);
  };
  const replica = new Replica({ transport, clock });
  transport.ready();
  const speak = (seconds: number) =>
    replica.speak(pcm(new Int16Array(24_000 * seconds).fill(99), { encoding: "s16le", sampleRate: 24_000 }));
  return { clock, transport, replica, speak, ids };
}

test("the start and the end that are acknowledged are a turn's own, to the frame", async () => {
  const { clock, transport, replica, speak, ids } = world();
  const turn = speak(2);
  await clock.advance(0.5);
  transport.tell({ type: "playback", what: "started", inferenceId: ids[0] });
  await clock.advance(1);
  expect(turn.position).toMatchObject({ basis: "event" });
  expect(turn.position.seconds).toBeCloseTo(1, 3);
  await clock.advance(1);
  transport.tell({ type: "playback", what: "finished", inferenceId: ids[0], seconds: 2, interrupted: false });
  await clock.advance(0.1);
  expect(await turn.outcome).toMatchObject({ type: "spoken", heardSeconds: 2, basis: "event" });
  await replica.close();
});

test("an interruption that is acknowledged says how much was heard", async () => {
  const { clock, transport, replica, speak, ids } = world();
  const turn = speak(5);
  await clock.advance(0.3);
  transport.tell({ type: "playback", what: "started", inferenceId: ids[0] });
  await clock.advance(1.5);
  transport.tell({ type: "playback", what: "finished", inferenceId: ids[0], seconds: 1.25, interrupted: true });
  await clock.advance(0.1);
  expect(await turn.outcome).toMatchObject({ type: "interrupted", by: "replica", heardSeconds: 1.25, basis: "event" });
  await replica.close();
});
