import Daily from "@daily-co/daily-js";
import Daily087 from "daily-js-087";
import { dailyTransport, Replica, type ReplicaOptions } from "tavus-echo";
import { createFakeRoom, type FakeRoomOptions } from "tavus-echo/fake-room";

/** What a test of turns wants of the room and of the replica. */
export interface DailyRoomOptions {
  client?: "Daily" | "Daily087";
  room?: FakeRoomOptions;
  replica?: Partial<ReplicaOptions>;
  /** Options of the call object. */
  call?: object;
  /** Default true. */
  join?: boolean;
}

const echo = "conversation.echo";
const typeOf = (data: unknown): string => (data as { event_type?: string })?.event_type ?? "";

/** A fake room, the real daily-js in it, and a Replica on that call, with what it told. */
export async function dailyRoom({
  client = "Daily",
  room: roomOptions = {},
  replica: options = {},
  call: callOptions = {},
  join = true,
}: DailyRoomOptions = {}) {
  const room = await createFakeRoom(roomOptions);
  const factory = (client === "Daily" ? Daily : Daily087) as typeof Daily;
  const call = factory.createCallObject({
    audioSource: false,
    videoSource: false,
    dailyConfig: room.dailyConfig,
    ...callOptions,
  });
  const replica = new Replica({ transport: dailyTransport(call), ...options });
  const told: { type: string; event: unknown }[] = [];
  for (const type of ["state", "speaking", "silent", "utterance", "warning", "error", "stats"] as const)
    replica.on(type, (event) => told.push({ type, event }));
  const start = (): Promise<unknown> => call.join({ url: room.url });
  if (join) await start();
  const ours = () => room.messages.filter(({ data }) => [echo, "conversation.interrupt"].includes(typeOf(data)));
  return {
    room,
    call,
    replica,
    told,
    join: start,
    /** Our messages as they left. */
    ours,
    echoes: () =>
      ours()
        .filter(({ data }) => typeOf(data) === echo)
        .map(({ data }) => (data as { properties: { inference_id: string; audio: string; done: boolean } }).properties),
    /** Ids of the stops that Tavus has sent so far, each once. */
    stops: () => [
      ...new Set(
        room.messages
          .filter(({ data }) => typeOf(data) === "conversation.replica.stopped_speaking")
          .map(({ data }) => (data as { inference_id: string }).inference_id),
      ),
    ],
    of: (type: string) => told.filter((entry) => entry.type === type).map(({ event }) => event),
    codes: (type: "warning" | "error") =>
      told.filter((entry) => entry.type === type).map(({ event }) => (event as { code: string }).code),
    sleep: (seconds: number) => new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000)),
    async until(condition: () => boolean) {
      while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
    },
    async close() {
      await replica.close();
      await call.destroy();
      room.close();
    },
  };
}
