/**
 * What a Daily call object does in a fake room, point by point: run under the real client in a browser, and on `room.call()` in Node.
 * What is expected was read off the real client, 0.92.2.
 */
import type { createFakeRoom, FakeRoomOptions, Faults } from "tavus-echo/fake-room";

type Room = Awaited<ReturnType<typeof createFakeRoom>>;
/** What both call objects have. */
export interface AnyCall {
  join(properties?: object): Promise<unknown>;
  leave(): Promise<void>;
  destroy(): Promise<void>;
  isDestroyed(): boolean;
  meetingState(): string;
  // biome-ignore lint/suspicious/noExplicitAny: the real client's types and the fake's are compared by what they do.
  participants(): any;
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  on(type: any, listener: (event: any) => void): AnyCall;
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  once(type: any, listener: (event: any) => void): AnyCall;
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  off(type: any, listener: (event: any) => void): AnyCall;
  sendAppMessage(data: unknown, to?: unknown): AnyCall;
  room(): Promise<unknown>;
  localAudio(): boolean | null;
  setLocalAudio(on: boolean): AnyCall;
  startRemoteParticipantsAudioLevelObserver(milliseconds?: number): Promise<void>;
  stopRemoteParticipantsAudioLevelObserver(): void;
  isRemoteParticipantsAudioLevelObserverRunning(): boolean;
}
interface World {
  room: Room;
  /** A call object that is not joined; it publishes nothing. */
  make(): AnyCall;
  /** Waits until what is on its way has arrived. */
  settle(): Promise<void>;
}
interface Behaviour {
  name: string;
  options?: FakeRoomOptions;
  run(world: World): Promise<unknown>;
  expected: unknown;
}

const attempt = (run: () => unknown): string => {
  try {
    run();
    return "passes";
  } catch (error) {
    return (error as Error).message;
  }
};
const refusal = "sendAppMessage() only supported after join.";
const watched = [
  ...["loading", "loaded", "joining-meeting", "joined-meeting", "access-state-updated", "participant-joined"],
  ...["participant-updated", "participant-left", "track-started", "track-stopped", "left-meeting", "error"],
  ...["nonfatal-error", "network-connection", "call-instance-destroyed"],
];
const log = (call: AnyCall): string[] => {
  const seen: string[] = [];
  for (const type of watched) call.on(type, (event) => seen.push(event.action));
  return seen;
};

/** All of them. */
export const callBehaviours: readonly Behaviour[] = [
  {
    name: "states and events of a life: join, leave, join again, destroy",
    async run({ room, make, settle }) {
      const call = make();
      const seen = log(call);
      const states = [call.meetingState()];
      const joining = call.join({ url: room.url });
      await joining;
      states.push(call.meetingState());
      await settle();
      const first = seen.splice(0);
      await call.leave();
      await settle();
      states.push(call.meetingState(), String(Object.keys(call.participants())));
      const left = seen.splice(0);
      await call.leave();
      await call.join({ url: room.url });
      await settle();
      states.push(call.meetingState());
      // How often "loaded" comes the second time is the call machine's own affair.
      const second = seen.splice(0).filter((event) => event !== "loaded");
      await call.destroy();
      await settle();
      return { states, first, left, second, destroyed: [seen, call.meetingState(), call.isDestroyed()] };
    },
    expected: {
      states: ["new", "joined-meeting", "left-meeting", "", "joined-meeting"],
      first: [
        ...["loading", "joining-meeting", "loaded", "access-state-updated", "joined-meeting"],
        ...["track-started", "track-started", "participant-joined"],
      ],
      left: ["left-meeting"],
      second: [
        ...["loading", "joining-meeting", "access-state-updated", "joined-meeting"],
        ...["track-started", "track-started", "participant-joined"],
      ],
      destroyed: [["left-meeting", "call-instance-destroyed"], "left-meeting", true],
    },
  },
  {
    name: "sendAppMessage throws unless the meeting is joined",
    options: { joinSeconds: 0.1 },
    async run({ room, make, settle }) {
      const call = make();
      const send = (): string => attempt(() => call.sendAppMessage({ n: 1 }));
      const said = [send()];
      const joining = call.join({ url: room.url });
      said.push(send());
      await joining;
      said.push(send());
      await call.leave();
      said.push(send());
      await call.join({ url: room.url });
      const failed = new Promise((resolve) => call.once("error", resolve));
      room.set({ ejected: true });
      await failed;
      said.push(send());
      await call.destroy();
      said.push(send());
      await settle();
      return said;
    },
    expected: [refusal, refusal, "passes", refusal, refusal, refusal],
  },
  {
    name: "size: N passes, N + 1 throws, in UTF-16 units of the JSON; a new limit comes with a further joined-meeting",
    options: { maxMessageLength: 7000 },
    async run({ room, make, settle }) {
      const call = make();
      const joins: string[] = [];
      call.on("joined-meeting", ({ action, internal }) => joins.push(`${action} ${internal}`));
      await call.join({ url: room.url });
      const send = (length: number, filler = "x"): string =>
        attempt(() =>
          call.sendAppMessage({ text: filler.repeat((length - 11) / filler.length).padEnd(length - 11, "-") }),
        );
      const said = [send(7000), send(7001), send(7000, "😀"), send(7001, "é")];
      room.set({ maxMessageLength: 900 });
      await settle();
      said.push(send(900), send(901));
      await call.leave();
      room.set({ announceLimit: false });
      await call.join({ url: room.url });
      said.push(send(4096), send(4097));
      await call.destroy();
      return { said, joins };
    },
    expected: {
      said: [
        ...["passes", "Message data too large. Max size is 7000", "passes", "Message data too large. Max size is 7000"],
        ...["passes", "Message data too large. Max size is 900"],
        ...["passes", "Message data too large. Max size is 4096"],
      ],
      joins: ["joined-meeting undefined", "joined-meeting undefined", "joined-meeting undefined"],
    },
  },
  {
    name: "sendAppMessage is synchronous, returns the call, clones its data, and is not heard by its sender",
    async run({ room, make, settle }) {
      const call = make();
      const own: unknown[][] = [];
      call.on("app-message", ({ data, fromId, action }) => own.push([data.tag, typeof fromId, action]));
      await call.join({ url: room.url });
      const data = { tag: "mine", list: [1, 2] };
      const returned = call.sendAppMessage(data);
      data.list.push(3);
      const other = room.participant();
      other.send({ tag: "theirs" });
      await settle();
      const sent = room.messages.find((message) => "list" in (message.data as object));
      await call.destroy();
      return { same: returned === call, list: sent?.data, to: sent?.to, heard: own.filter(([tag]) => tag) };
    },
    expected: {
      same: true,
      list: { tag: "mine", list: [1, 2] },
      to: "*",
      heard: [["theirs", "string", "app-message"]],
    },
  },
  {
    name: "join without a URL, to a URL without a room, and while it is joined",
    async run({ room, make }) {
      const bare = make();
      const why = (error: unknown): unknown => (error instanceof Error ? error.message : error);
      const none = await bare.join().catch(why);
      await bare.destroy();
      const call = make();
      const unknown = (await call.join({ url: "https://tavus.daily.co/nobody" }).catch(why)) as { type: string };
      const states = [call.meetingState()];
      await call.join({ url: room.url });
      const again = await call.join({ url: room.url });
      states.push(call.meetingState());
      await call.destroy();
      return { none, unknown: unknown.type, states, again };
    },
    expected: {
      none: "No room URL has been provided",
      unknown: "no-room",
      states: ["left-meeting", "joined-meeting"],
      again: undefined,
    },
  },
  ...(["exp-token", "meeting-full", "not-allowed", "no-room", "ejected"] as const).map((type) => ({
    name: `a join that is refused by ${type}: it rejects with what the error event carries, and can be tried again`,
    options: { faults: { joinError: type } satisfies Faults },
    async run({ room, make, settle }: World) {
      const call = make();
      const seen = log(call);
      let event: { errorMsg?: string; error?: { type: string; msg: string } } = {};
      call.on("error", (error) => {
        event = error;
      });
      const rejected = (await call.join({ url: room.url }).catch((error: unknown) => error)) as typeof event;
      await settle();
      const state = call.meetingState();
      const { error, errorMsg } = event;
      room.set({ joinError: "none" });
      await call.join({ url: room.url });
      const after = call.meetingState();
      await call.destroy();
      return {
        ...{ type: error?.type, same: error?.msg === errorMsg, rejected: rejected.error?.type, state, after },
        seen: seen.slice(0, 4),
      };
    },
    expected: {
      ...{ type, same: true, rejected: type, state: "error", after: "joined-meeting" },
      seen: ["loading", "joining-meeting", "loaded", "error"],
    },
  })),
  {
    name: "a fatal error in the middle of the call: its type, the state, nobody is there any more",
    async run({ room, make, settle }) {
      const call = make();
      await call.join({ url: room.url });
      await settle();
      const before = Object.keys(call.participants()).length;
      const seen = log(call);
      const types: unknown[] = [];
      call.on("error", ({ error }) => types.push(error.type));
      room.set({ fatalError: "exp-token" });
      await settle();
      const result = {
        before,
        seen: [...seen],
        types,
        state: call.meetingState(),
        after: Object.keys(call.participants()),
      };
      await call.destroy();
      return result;
    },
    expected: { before: 2, seen: ["error"], types: ["exp-token"], state: "error", after: [] },
  },
  {
    name: "leave before a join",
    async run({ make, settle }) {
      const call = make();
      const seen = log(call);
      await call.leave();
      await settle();
      const state = call.meetingState();
      await call.destroy();
      return { seen, state };
    },
    expected: { seen: ["left-meeting", "call-instance-destroyed"], state: "left-meeting" },
  },
  {
    name: "participants: local and the replica, as daily-js shapes them",
    async run({ room, make, settle }) {
      const call = make();
      const before = { ...call.participants() };
      await call.join({ url: room.url, userName: "somebody" });
      await settle();
      const { local, ...others } = call.participants();
      const [[id, replica]] = Object.entries(others) as [[string, typeof local]];
      const track = replica.tracks.audio.persistentTrack;
      const result = {
        ...{ before, name: local.user_name, local: local.local, own: local.tracks.audio.state },
        ...{ id: id === replica.session_id, isReplica: replica.user_id.includes("tavus-replica") },
        ...{ remote: replica.local, audio: replica.tracks.audio.state, video: replica.tracks.video.state },
        track: [track.kind, track.readyState],
      };
      room.set({ replica: "absent" });
      await settle();
      const gone = Object.keys(call.participants());
      await call.destroy();
      return { ...result, gone };
    },
    expected: {
      ...{ before: {}, name: "somebody", local: true, own: "off", id: true, isReplica: true, remote: false },
      ...{ audio: "playable", video: "playable", track: ["audio", "live"], gone: ["local"] },
    },
  },
  {
    name: "a replica without a face: its video is off",
    options: { audioOnly: true },
    async run({ room, make, settle }) {
      const call = make();
      const kinds: string[] = [];
      call.on("track-started", ({ track }) => kinds.push(track.kind));
      await call.join({ url: room.url });
      await settle();
      const { local, ...others } = call.participants();
      const [replica] = Object.values(others) as (typeof local)[];
      await call.destroy();
      return [replica.tracks.audio.state, replica.tracks.video.state, replica.video, kinds];
    },
    expected: ["playable", "off", false, ["audio"]],
  },
  {
    name: "room(): nothing, what it knows in the call, and after it",
    options: { maxMessageLength: 9000 },
    async run({ room, make }) {
      const call = make();
      await call.join({ url: room.url });
      const inside = (await call.room()) as { name: string; domainConfig: object };
      room.set({ roomInfo: false });
      const { domainConfig } = (await call.room()) as { domainConfig: object };
      await call.leave();
      const after = await call.room();
      await call.destroy();
      const known = { name: inside.name === room.conversationId, config: inside.domainConfig };
      return { known, hintless: domainConfig, after: JSON.stringify(after).includes(room.url) };
    },
    expected: { known: { name: true, config: { max_app_message_size: 9000 } }, hintless: {}, after: true },
  },
  {
    name: "on, once and off return the call; a listener that throws does not keep the call from working",
    async run({ room, make, settle }) {
      const call = make();
      const got: string[] = [];
      const listener = (): void => void got.push("on");
      const same = [
        call.on("network-connection", listener),
        call.once("network-connection", () => got.push("once")),
      ].every((returned) => returned === call);
      await call.join({ url: room.url });
      room.set({ signalling: "queue" });
      await settle();
      room.set({ signalling: "up" });
      await settle();
      const off = call.off("network-connection", listener) === call;
      room.set({ signalling: "queue" });
      await settle();
      await call.destroy();
      return { same, off, got };
    },
    expected: { same: true, off: true, got: ["on", "once", "on"] },
  },
  {
    name: "network-connection and nonfatal-error",
    async run({ room, make, settle }) {
      const call = make();
      const got: unknown[] = [];
      call.on("network-connection", ({ type, event }) => got.push([type, event]));
      call.on("nonfatal-error", ({ errorMsg }) => got.push(typeof errorMsg));
      await call.join({ url: room.url });
      room.set({ signalling: "queue" });
      await settle();
      const during = attempt(() => call.sendAppMessage({ n: 1 }));
      room.set({ signalling: "up", nonfatalError: true });
      await settle();
      await call.destroy();
      return { got, during };
    },
    expected: { got: [["signaling", "interrupted"], ["signaling", "connected"], "string"], during: "passes" },
  },
  {
    name: "the own microphone is off and can be switched",
    async run({ room, make, settle }) {
      const call = make();
      const audio = [call.localAudio()];
      await call.join({ url: room.url });
      await settle();
      audio.push(call.localAudio());
      const updated: unknown[] = [];
      call.on("participant-updated", ({ participant }) => updated.push([participant.local, participant.audio]));
      call.setLocalAudio(true);
      await settle();
      audio.push(call.localAudio());
      await call.destroy();
      return { audio, updated };
    },
    expected: { audio: [null, false, true], updated: [[true, true]] },
  },
  {
    name: "the observer of levels: reports the others, stops, and may be refused",
    async run({ room, make, settle }) {
      const call = make();
      await call.join({ url: room.url });
      await settle();
      const reports: number[] = [];
      call.on("remote-participants-audio-level", ({ participantsAudioLevel }) =>
        reports.push(Object.keys(participantsAudioLevel).length),
      );
      await call.startRemoteParticipantsAudioLevelObserver(100);
      const running = call.isRemoteParticipantsAudioLevelObserverRunning();
      for (let n = 0; n < 40 && reports.length < 2; n++) await settle();
      call.stopRemoteParticipantsAudioLevelObserver();
      room.set({ audioLevels: false });
      const refused = await call.startRemoteParticipantsAudioLevelObserver(100).then(
        () => "started",
        () => "refused",
      );
      await call.destroy();
      return { running, reports: reports.slice(0, 2), refused };
    },
    expected: { running: true, reports: [1, 1], refused: "refused" },
  },
  {
    name: "a private room: by a token, by one in the URL, not without",
    options: { requireAuth: true },
    async run({ room, make }) {
      const token = room.meetingToken();
      const states: unknown[] = [];
      for (const properties of [{ url: room.url, token }, { url: `${room.url}?t=${token}` }, { url: room.url }]) {
        const call = make();
        const error = (await call.join(properties).catch((reason: unknown) => reason)) as { error?: { type: string } };
        states.push(error?.error?.type ?? call.meetingState());
        await call.destroy();
      }
      return states;
    },
    expected: ["joined-meeting", "joined-meeting", "not-allowed"],
  },
  {
    name: "a call that is destroyed while it joins leaves nothing behind",
    options: { joinSeconds: 0.1 },
    async run({ room, make, settle }) {
      const first = make();
      let join = "pending";
      first.join({ url: room.url }).then(
        () => {
          join = "resolved";
        },
        () => {
          join = "rejected";
        },
      );
      await first.destroy();
      const second = make();
      await second.join({ url: room.url });
      for (let n = 0; n < 6; n++) await settle();
      const present = Object.keys(second.participants()).length;
      await second.destroy();
      return { join, present };
    },
    expected: { join: "pending", present: 2 },
  },
];
