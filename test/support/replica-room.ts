import { createFakeRoom, type FakeRoomOptions } from "../../src/fake-room/index.js";
import { VirtualClock } from "../../src/flow/virtual-clock.js";
import type { ReplicaOptions } from "../../src/options.js";
import { Replica } from "../../src/replica.js";
import { turnProblems } from "./echo-turn.js";

/** A replica in a fake room in virtual time, and what it told. */
export async function replicaRoom(room: FakeRoomOptions = {}, options: Partial<ReplicaOptions> = {}) {
  const clock = new VirtualClock();
  const fake = await createFakeRoom({ clock, ...room });
  const transport = fake.transport();
  const replica = new Replica({ transport, clock, ...options });
  const told: { at: number; type: string; event: unknown }[] = [];
  const listen = (type: Parameters<Replica["on"]>[0]): void => {
    replica.on(type, (event) => told.push({ at: clock.now(), type, event }));
  };
  for (const type of ["state", "speaking", "silent", "utterance", "warning", "error"] as const) listen(type);
  const sent = () =>
    fake.messages.filter(
      ({ data }) =>
        typeof (data as { event_type?: string })?.event_type === "string" &&
        ["conversation.echo", "conversation.interrupt"].includes((data as { event_type: string }).event_type),
    );
  return {
    clock,
    room: fake,
    transport,
    replica,
    told,
    /** Our messages, as they left. */
    sent,
    of: (type: string) => told.filter((entry) => entry.type === type).map(({ event }) => event),
    problems: () => turnProblems(fake.messages, transport.maxMessageLength),
    async close() {
      await replica.close();
      fake.close();
    },
  };
}
