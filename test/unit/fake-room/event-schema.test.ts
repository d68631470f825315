/** Every event that the fake can send, against the documented schema. */
import { expect, test } from "vitest";
import { tavusEvents } from "../../../src/fake-room/index.js";
import { noisePcm } from "../../support/pcm-source.js";
import { documentedEvents, eventErrors } from "../../support/tavus-event-schema.js";
import { setUp } from "./support.js";

const durations = ["seconds", "null", "wall", "frames", "padded"] as const;

test("every event of every setting validates, and every documented event can be sent", async () => {
  const seen = new Set<string>();
  const wrong = new Set<string>();
  let count = 0;
  for (const setting of durations)
    for (const interruptedStops of ["always", "started", "never"] as const) {
      const { clock, room, transport, message, audio, interrupt, told } = await setUp({
        replica: "late",
        model: { durations: setting, interruptedStops, greeting: "Hello there" },
        faults: { eventCopies: 2 },
      });
      await clock.advance(4);
      audio("whole", noisePcm(12_000), true);
      await clock.advance(4);
      audio("cut", noisePcm(24_000), true);
      transport.send(message({ modality: "text", text: "good ", inference_id: "t", done: false }));
      transport.send(message({ modality: "text", text: "morning", inference_id: "t", done: true }));
      await clock.advance(0.5);
      interrupt();
      transport.send(message({ modality: "text", text: "once more", inference_id: "u" }));
      await clock.advance(3);
      room.emit([
        tavusEvents.joined({ role: "user", id: "p-1", name: "somebody" }),
        ...tavusEvents.userStartedSpeaking(),
        ...tavusEvents.userStoppedSpeaking(1.5),
        ...tavusEvents.userStoppedSpeaking(),
        tavusEvents.utterance({ role: "user", speech: "hello" }, { user_audio_analysis: "calm" }),
        tavusEvents.toolCall({ name: "book", arguments: { table: 4 }, toolCallId: "call_1" }),
        tavusEvents.toolCall({ name: "wait" }),
        tavusEvents.perceptionToolCall({ name: "seen", modality: "vision", arguments: { colour: "red" } }),
        tavusEvents.perceptionToolCall({
          name: "heard",
          modality: "audio",
          frames: [{ data: "AA==", mime_type: "image/jpeg" }],
        }),
        tavusEvents.perceptionAnalysis("calm"),
        tavusEvents.canvasInteraction({ component: "button" }),
        { event_type: "conversation.replica_interrupted" },
        tavusEvents.left({ role: "user", id: "p-1" }),
        tavusEvents.shutdown("max_call_duration"),
      ]);
      await clock.advance(0.1);
      room.set({ replica: "absent" });
      await clock.advance(0.1);
      for (const event of told) {
        if (event.type !== "message") continue;
        const sent = event.message as { event_type: string };
        count++;
        seen.add(sent.event_type);
        for (const error of eventErrors(sent)) wrong.add(error);
      }
      room.close();
    }
  expect([...wrong]).toEqual([]);
  expect(documentedEvents.filter((event_type) => !seen.has(event_type))).toEqual([]);
  expect(count).toBeGreaterThan(1500);
});

test("the schema finds what is wrong", () => {
  const stop = {
    message_type: "conversation",
    event_type: "conversation.replica.stopped_speaking",
    timestamp: 1.8e9,
    seq: 1,
  };
  expect(eventErrors({ ...stop, properties: { duration: 1, interrupted: false } } as never)).toEqual([]);
  expect(eventErrors({ ...stop, properties: { duration: 1 } } as never)).toHaveLength(1);
  expect(eventErrors({ ...stop, properties: { duration: -1, interrupted: "no" } } as never).length).toBeGreaterThan(1);
  expect(eventErrors(stop)).toHaveLength(1);
  expect(
    eventErrors({ ...stop, timestamp: 1.8e12, properties: { duration: 1, interrupted: true } } as never),
  ).toHaveLength(1);
});

test("a guardrail's event carries the name that the test gives: its real one is unknown", async () => {
  const { clock, room, of } = await setUp();
  room.emit(tavusEvents.guardrail("conversation.guardrail_triggered", "g-1", { severity: "high" }));
  await clock.advance(0.1);
  expect(of("conversation.guardrail_triggered")).toMatchObject([
    { message_type: "conversation", properties: { guardrail_uuid: "g-1", severity: "high" } },
  ]);
});
