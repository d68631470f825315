/** Who is let in, and by which of Daily's errors a call ends; a replica under an unfamiliar id. */
import { expect, test } from "vitest";
import { createFakeRoom, type FatalErrorType } from "../../../src/fake-room/index.js";
import { VirtualClock } from "../../../src/flow/virtual-clock.js";
import type { TransportEvent } from "../../../src/transport/transport.js";
import { setUp } from "./support.js";

const types: FatalErrorType[] = [
  "ejected",
  "nbf-room",
  "nbf-token",
  "exp-room",
  "exp-token",
  "no-room",
  "meeting-full",
  "end-of-life",
  "not-allowed",
  "connection-error",
];
type Room = Awaited<ReturnType<typeof createFakeRoom>>;
function joined(room: Room, token?: string): TransportEvent | undefined {
  let first: TransportEvent | undefined;
  room.transport({ token }).subscribe((event) => {
    first ??= event;
  });
  return first;
}

test.each(types)("joinError %s refuses a join; whoever is in stays", async (type) => {
  const { clock, room, told } = await setUp();
  room.set({ joinError: type });
  expect(joined(room)).toEqual({ type: "left", reason: type });
  room.participant().send({});
  await clock.advance(1);
  expect(told.some((event) => event.type === "left")).toBe(false);
  room.set({ joinError: "none" });
  expect(joined(room)).toMatchObject({ type: "joined" });
});

test.each(types)("fatalError %s ends the call once, for everybody but the replica", async (type) => {
  const { room, told, transport } = await setUp();
  room.set({ fatalError: type });
  expect(told.at(-1)).toEqual({ type: "left", reason: type });
  expect(() => transport.send({})).toThrow(expect.objectContaining({ code: "call-left" }));
  expect(joined(room)).toMatchObject({ type: "joined" });
  room.set({ silent: true });
  expect(told.at(-1)).toEqual({ type: "left", reason: type });
});

test("requireAuth: a token of the room opens it until it expires; none, a wrong one, another room's does not", async () => {
  const clock = new VirtualClock();
  const room = await createFakeRoom({ clock, requireAuth: true, conversationId: "c1" });
  const other = await createFakeRoom({ clock, requireAuth: true, conversationId: "c2" });
  expect(joined(room)).toEqual({ type: "left", reason: "not-allowed" });
  for (const token of ["", "nonsense", "a.b.c", "e30.e30.x", other.meetingToken()])
    expect(joined(room, token)).toEqual({ type: "left", reason: "not-allowed" });
  const short = room.meetingToken(10);
  const usual = room.meetingToken();
  await clock.advance(9.5);
  expect(joined(room, short)).toMatchObject({ type: "joined" });
  await clock.advance(0.5);
  expect(joined(room, short)).toEqual({ type: "left", reason: "exp-token" });
  await clock.advance(289);
  expect(joined(room, usual)).toMatchObject({ type: "joined" });
  await clock.advance(1);
  expect(joined(room, usual)).toEqual({ type: "left", reason: "exp-token" });
  for (const seconds of [0, -1, Number.NaN]) expect(() => room.meetingToken(seconds)).toThrow(RangeError);
  expect(() => room.transport({ tokn: "" } as object)).toThrow(/Did you mean "token"/);
});

test("requireAuth: a token that is not valid yet", async () => {
  const room = await createFakeRoom({ requireAuth: true, conversationId: "c1" });
  const claims = { r: "c1", nbf: Date.now() / 1000 + 60, exp: Date.now() / 1000 + 120 };
  const token = `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.x`;
  expect(joined(room, token)).toEqual({ type: "left", reason: "nbf-token" });
  room.close();
});

test("replicaUserId: what does not contain tavus-replica is a participant like any other, which nobody told to be the replica", async () => {
  for (const [replicaUserId, recognised] of [
    [undefined, true],
    ["face-4f2a", false],
    ["my-tavus-replica", true],
  ] as const) {
    const { clock, told, audio, room } = await setUp({ replicaUserId });
    await clock.advance(2);
    expect(told.some(({ type }) => type === "replica")).toBe(recognised);
    const events = told.filter((event) => event.type === "message");
    expect(events.length).toBeGreaterThan(3);
    expect(new Set(events.map(({ fromReplica }) => fromReplica))).toEqual(new Set([recognised]));
    // It hears all the same.
    audio("a", new Int16Array(4800), true);
    await clock.advance(1);
    expect(await room.turns()).toMatchObject([{ seconds: 0.2 }]);
  }
});
