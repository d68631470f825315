/** `room.call()` against what the real client does; test/browser/fake-room-call.spec.ts runs the same list under daily-js. */
import { createFakeRoom } from "tavus-echo/fake-room";
import { expect, test } from "vitest";
import { type AnyCall, callBehaviours } from "../../support/call-behaviour.js";
import { noisePcm } from "../../support/pcm-source.js";
import { base64, identical } from "./support.js";

test.each(callBehaviours.map((behaviour) => [behaviour.name, behaviour] as const))("%s", async (_, behaviour) => {
  const room = await createFakeRoom(behaviour.options);
  const make = (): AnyCall => {
    // As createCallObject() has it: without a URL.
    return room.call({ url: undefined, audioSource: false, videoSource: false }) as AnyCall;
  };
  const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 25));
  try {
    expect(await behaviour.run({ room, make, settle })).toEqual(behaviour.expected);
  } finally {
    room.close();
  }
});

test("code that takes a call: what it sends is heard, and the replica's events come back", async () => {
  const room = await createFakeRoom({ speed: 20, maxMessageLength: 100_000 });
  const call = room.call({ audioSource: false, videoSource: false });
  const stops: unknown[] = [];
  call.on("app-message", ({ data }: { data: { event_type: string; properties: unknown } }) => {
    if (data.event_type === "conversation.replica.stopped_speaking") stops.push(data.properties);
  });
  await call.join();
  const pcm = noisePcm(24_000);
  const properties = { modality: "audio", audio: base64(pcm), sample_rate: 24_000, inference_id: "a", done: true };
  call.sendAppMessage({ message_type: "conversation", event_type: "conversation.echo", properties });
  const [turn] = await room.turns();
  expect(identical(turn!.pcm, pcm)).toBe(true);
  await new Promise((resolve) => setTimeout(resolve, 25));
  expect(stops).toEqual([{ duration: 1, interrupted: false }]);
  await call.destroy();
  room.close();
});
