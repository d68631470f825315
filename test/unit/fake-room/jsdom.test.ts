/** The fake room in a bare jsdom window, as Jest runs it: no structuredClone, MessageChannel, setImmediate or TextEncoder. */
import { JSDOM } from "jsdom";
import { build } from "vite";
import { expect, test } from "vitest";

/** The room and the clock as one classic script. */
async function script(): Promise<string> {
  const machine = "virtual:call-machine";
  const result = await build({
    configFile: false,
    logLevel: "silent",
    plugins: [
      {
        name: "no-call-machine",
        resolveId: (id) => (id === machine ? `\0${machine}` : undefined),
        load: (id) => (id === `\0${machine}` ? 'export default "";' : undefined),
      },
    ],
    build: {
      write: false,
      minify: false,
      lib: { entry: "test/support/jsdom-entry.ts", formats: ["iife"], name: "lib", fileName: "lib" },
    },
  });
  const [output] = Array.isArray(result) ? result : [result];
  if (!output || !("output" in output)) throw new Error("Nothing was built.");
  return output.output[0].code;
}

test("a turn is heard over a call and over a transport, in virtual time", async () => {
  const { window } = new JSDOM("", { url: "https://app.example/", runScripts: "outside-only" });
  window.eval(`${await script()}; globalThis.lib = lib;`);
  const missing = ["structuredClone", "MessageChannel", "setImmediate", "TextEncoder"];
  expect(missing.filter((name) => name in window)).toEqual([]);
  const result = await window.eval(`(async () => {
    const { createFakeRoom, fakeRoomMatchers, VirtualClock } = globalThis.lib;
    const clock = new VirtualClock();
    const room = await createFakeRoom({ clock, maxMessageLength: 100000 });
    const call = room.call({ audioSource: false, videoSource: false });
    const events = [];
    call.on("app-message", ({ data }) => events.push(data.event_type));
    await clock.until(call.join(), { pace: Infinity });
    const samples = Int16Array.from({ length: 12000 }, (_, n) => (n * 7919) % 20000 - 10000);
    const bytes = new Uint8Array(samples.buffer);
    const audio = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
    const properties = { modality: "audio", audio, sample_rate: 24000, inference_id: "ü-1", done: true };
    const message = { message_type: "conversation", event_type: "conversation.echo", properties };
    call.sendAppMessage(message);
    await clock.advance(2);
    const told = [];
    const transport = room.transport();
    transport.subscribe(({ type }) => told.push(type));
    transport.send({ ...message, properties: { ...properties, inference_id: "b" } });
    await clock.advance(2);
    const turns = await room.turns();
    const same = turns.map((turn) => fakeRoomMatchers.toHaveHeard(turn, samples).pass);
    const found = { ids: turns.map(({ id, eventId }) => [id, eventId]), same, told: told.slice(0, 2), events };
    await call.destroy();
    room.close();
    return JSON.stringify(found);
  })()`);
  const { ids, same, told, events } = JSON.parse(result as string);
  expect(same).toEqual([true, true]);
  // MD5 of the UTF-8 bytes, by Python's hashlib.
  expect(ids[0]).toEqual(["ü-1", "aeee3be6-f14a-90f1-77ab-c3a8c2ab4f7f"]);
  expect(told).toEqual(["joined", "replica"]);
  expect(events).toContain("conversation.replica.stopped_speaking");
  window.close();
});
