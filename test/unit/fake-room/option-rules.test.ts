/** A name or a value that does not exist is an error that names it: no test passes by a typo. */
import { expect, test } from "vitest";
import { createFakeRoom, type FakeRoomOptions, type Faults } from "../../../src/fake-room/index.js";

const refused = async (options: object): Promise<Error> =>
  createFakeRoom(options as FakeRoomOptions).then(
    () => new Error("accepted"),
    (error: Error) => error,
  );

test.each([
  [{ replcia: "absent" }, 'There is no option of createFakeRoom() "replcia". Did you mean "replica"?'],
  [{ maxMessageLenght: 5 }, 'Did you mean "maxMessageLength"?'],
  [{ Clock: {} }, 'Did you mean "clock"?'],
  [{ latencySeconds: 0.3 }, "It is a fault: faults: { latencySeconds }."],
  [{ greeting: "hello" }, "It belongs to the model: model: { greeting }."],
  [{ toString: 1 }, 'There is no option of createFakeRoom() "toString".'],
  [{ zzz: 1 }, "There are: maxMessageLength, replica, speed"],
  [{ replica: "gone" }, '"replica" is "gone": it takes "ready", "late" or "absent".'],
  [{ replica: "Late" }, 'Did you mean "late"?'],
  [{ speech: "hello" }, '"speech" is "hello": it takes a function.'],
  [{ clock: {} }, '"clock" is an object: it takes a clock, with now() and sleep().'],
  [{ clock: () => 0 }, '"clock" is a function'],
  [{ machineUrl: 5 }, '"machineUrl" is 5'],
  [{ machineUrl: "" }, '"machineUrl" is ""'],
  [{ seed: "1" }, '"seed" is "1": it takes a finite number.'],
  [{ conversationId: "" }, '"conversationId" is ""'],
  [{ faults: [] }, '"faults" is an array of 0'],
  [{ faults: { lost: 1 } }, 'There is no fault "lost". Did you mean "loss"?'],
  [{ faults: { loss: "all" } }, 'The fault "loss" is "all": it takes a chance from 0 to 1.'],
  [{ faults: { rateLimit: "Drop" } }, 'Did you mean "drop"?'],
  [{ faults: { signalling: "dropp" } }, 'Did you mean "drop"?'],
  [{ faults: { silent: 1 } }, '"silent" is 1: it takes true or false.'],
  [{ faults: { eventsMissing: [1] } }, '"eventsMissing" is an array of 1'],
  [{ faults: { ejected: true } }, 'The fault "ejected" happens at a moment: call room.set({ ejected: … })'],
  [{ faults: { fatalError: "exp-token" } }, 'The fault "fatalError" happens at a moment'],
  [{ model: { pace: 1 } }, 'There is no setting of the model "pace".'],
  [{ model: { interruptedStops: true } }, '"interruptedStops" is true: it takes "always", "started" or "never".'],
  [{ model: { ids: null } }, '"ids" is null'],
])("TypeError: %o", async (options, message) => {
  const error = await refused(options);
  expect(error).toBeInstanceOf(TypeError);
  expect(error.message).toContain(message);
});

test.each([
  { speed: 0 },
  { speed: Number.NaN },
  { speed: Number.POSITIVE_INFINITY },
  { seed: Number.NaN },
  { maxMessageLength: 0 },
  { maxMessageLength: 4096.5 },
  { joinSeconds: -1 },
  { lateSeconds: Number.NaN },
  { faults: { loss: 1.1 } },
  { faults: { duplication: -0.1 } },
  { faults: { reordering: Number.NaN } },
  { faults: { eventReordering: 2 } },
  { faults: { latencySeconds: -1 } },
  { faults: { jitterSeconds: Number.POSITIVE_INFINITY } },
  { faults: { messagesPerSecond: 0 } },
  { faults: { eventCopies: 0 } },
  { faults: { noticedAfterSeconds: -1 } },
  { model: { prebufferSeconds: Number.NaN } },
  { model: { abandonSeconds: -1 } },
  { model: { listensAfterSeconds: -0.1 } },
])("RangeError: %o", async (options) => {
  const error = await refused(options);
  expect(error).toBeInstanceOf(RangeError);
  expect(error.message).toMatch(
    /^The (option of createFakeRoom\(\)|fault|setting of the model) "\w+" is [\w.-]+: it takes .*\.$/,
  );
});

test("options, faults and model that are no objects at all", async () => {
  for (const options of [null, 5, "late", []]) expect(await refused(options as object)).toBeInstanceOf(TypeError);
  const room = await createFakeRoom();
  for (const faults of [null, undefined, "drop", [], 5]) expect(() => room.set(faults as Faults)).toThrow(TypeError);
  room.close();
});

test("what is right is taken: undefined too, and Infinity where something may never come", async () => {
  const room = await createFakeRoom({
    seed: undefined,
    lateSeconds: Number.POSITIVE_INFINITY,
    machineUrl: new URL("https://app.example/machine.js"),
    faults: { messagesPerSecond: Number.POSITIVE_INFINITY, eventsMissing: ["x"], loss: 1 },
    model: { abandonSeconds: Number.POSITIVE_INFINITY, durations: undefined },
  });
  room.close();
});

test("set(), participant() and emit() are checked as well, and change nothing when they throw", async () => {
  const room = await createFakeRoom();
  expect(() => room.set({ loss: 0.5, signaling: "drop" } as Faults)).toThrow(/Did you mean "signalling"/);
  expect(() => room.set({ lost: 1 } as Faults)).toThrow(TypeError);
  expect(() => room.participant({ userID: "tavus-replica" } as object)).toThrow(/Did you mean "userId"/);
  expect(() => room.participant({ userId: 5 } as object)).toThrow(/takes a string/);
  expect(() => room.participant({ onMessage: "log" } as object)).toThrow(/takes a function/);
  expect(() => room.emit("hello" as unknown as object)).toThrow(/emit\(\) takes an object/);
  expect(room.messages).toEqual([]);
  room.close();
});
