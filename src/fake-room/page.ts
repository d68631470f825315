/**
 * The bundle for pages whose app has no hook for a fake room: served in place of Daily's, it opens a room for whatever
 * URL the app joins. A classic script that may run any number of times in one page.
 */
import { type FakeRoom, openRoom } from "./fake-room.js";
import { takePendings } from "./machine/call-machine.js";
import type { FakeRoomOptions, HeardTurn } from "./options.js";
import { registry } from "./registry.js";
import { toBase64 } from "./samples.js";

/** A turn as it crosses from the page to the test: samples as base64. */
export type TurnOnTheWay = Omit<HeardTurn, "pcm" | "wav"> & { pcm: string };

/** What the test finds in the page, as `globalThis.tavusEchoFakeRoom`. */
export interface PageRooms {
  /** Waits until nothing is on its way and nothing plays. */
  turns(): Promise<TurnOnTheWay[]>;
  /** What there is at this moment. */
  snapshot(): { turns: TurnOnTheWay[]; timeline: string; why: string | undefined };
  messages(): FakeRoom["messages"];
  refused(): FakeRoom["refused"];
  set(faults: object): void;
  emit(event: object | readonly object[]): void;
}

/** What the test leaves in the page, in front of this script. */
export interface PageGlobals {
  tavusEchoFakeRoomOptions?: FakeRoomOptions;
  tavusEchoFakeRoom?: PageRooms;
  /** The test's own TTS, when it has one: samples as base64 of 32-bit floats. */
  tavusEchoFakeRoomSpeech?: (text: string) => Promise<{ samples: string; sampleRate: number }[]>;
}

const page = globalThis as PageGlobals;

if (!page.tavusEchoFakeRoom) {
  const rooms: FakeRoom[] = [];
  let { faults, ...options } = page.tavusEchoFakeRoomOptions ?? {};
  const remote = page.tavusEchoFakeRoomSpeech;
  if (remote)
    options.speech = async function* (text) {
      for (const { samples, sampleRate } of await remote(text)) {
        const bytes = Uint8Array.from(atob(samples), (character) => character.charCodeAt(0));
        yield { samples: new Float32Array(bytes.buffer), sampleRate };
      }
    };
  registry().open = (url) => {
    // The room's name is the conversation's id, as in Tavus' own URLs [likely].
    const conversationId = url.split("/").pop() || "conversation";
    const way = { dailyConfig: () => ({}), close: () => {} };
    rooms.push(openRoom({ ...options, conversationId, faults }, way, url));
  };
  // The samples are not enumerable.
  const onTheWay = (turn: HeardTurn): TurnOnTheWay => ({ ...turn, pcm: toBase64(turn.pcm) });
  page.tavusEchoFakeRoom = {
    turns: async () => (await Promise.all(rooms.map((room) => room.turns()))).flat().map(onTheWay),
    snapshot: () => ({
      turns: rooms.flatMap((room) => room.heardSoFar()).map(onTheWay),
      timeline: rooms.map((room) => room.timeline).join("\n"),
      why: rooms.some((room) => room.why === undefined) ? undefined : rooms.map((room) => room.why).join(" "),
    }),
    messages: () => rooms.flatMap((room) => room.messages),
    refused: () => rooms.flatMap((room) => room.refused),
    set(changes) {
      // What happens at a moment is not for the rooms to come.
      faults = { ...faults, ...changes, ejected: undefined, fatalError: undefined, nonfatalError: undefined };
      for (const room of rooms) room.set(changes);
    },
    emit(event) {
      for (const room of rooms) room.emit(event);
    },
  };
}

takePendings();
