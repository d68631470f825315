import { answerAudio } from "../answer.js";
import { cut, deliver } from "../delivery.js";
import { sampleBytes } from "../encoding.js";
import { Spoken } from "../spoken.js";
import type { RealtimeSession } from "./realtime-session.js";
import type { ResponseHost } from "./response.js";
import type { SessionWorld } from "./session-world.js";

/** What a response may do with its session. The audio's format is the one that holds when the response begins. */
export function responseHost(
  session: RealtimeSession,
  { clock, script, spoken }: SessionWorld,
  id: (kind: string) => string,
): ResponseHost {
  const { output, binary } = session.settings;
  return {
    id,
    send: (event) => session.send(event),
    sendAudio: (bytes) => session.connection.sendRaw(bytes),
    binaryAudio: binary.output,
    remember: (itemId, item, said) => {
      const added = session.conversation.add(itemId, item, said);
      if ("previous" in added)
        session.send({ type: "conversation.item.added", item, previous_item_id: added.previous });
    },
    speak: (itemId, answer) => {
      const audio = answerAudio(script, itemId, answer, output.sampleRate);
      const said = new Spoken(itemId, answer.text ?? "", audio, output.sampleRate, output.encoding);
      spoken.push(said);
      return said;
    },
    deliver: (said, answer, signal, send) => {
      const delivery = { ...script.delivery, ...answer.delivery };
      const pieces = cut(said.bytes, said.bytesPerSecond, sampleBytes[said.encoding], delivery);
      return deliver(clock, pieces, said.bytesPerSecond, delivery, signal, ({ bytes }) => send(bytes));
    },
  };
}
