import { toBase64 } from "../tavus/base64.js";
import { parseOpenai } from "./openai-events.js";
import { openaiEnd } from "./openai-faults.js";
import { detectionOf, formatsOf, toOlderSession, toSession, unsupportedIn } from "./openai-session.js";
import type { VoiceFrame, VoiceProtocol } from "./protocol.js";
import type { VoiceCommand } from "./voice-command.js";

// Facts: the types and comments of the `openai` package, 7.55 (resources/realtime), and of its WebSocket client for
// browsers; names of the older, beta interface as compatible servers still send them.

/** The model when the session names none: the one that OpenAI's guides use [likely to change]. */
const defaultModel = "gpt-realtime-2.1";

/**
 * OpenAI's Realtime protocol over a WebSocket, as of its general availability, and of the servers that are compatible
 * with it. The older event names are understood as well; which session shape to write is learnt from `session.created`.
 * @param options - `beta` asks for the older interface in the handshake. OpenAI itself has retired it.
 */
export function openaiRealtime({ beta = false }: { beta?: boolean } = {}): VoiceProtocol {
  return {
    name: "OpenAI Realtime",
    defaultUrl: "wss://api.openai.com/v1/realtime",
    dialect: beta ? "beta" : "ga",
    // "Your session hit the maximum duration of 60 minutes." [certain]
    sessionSeconds: 3600,
    connect(base, session, secret) {
      const url = new URL(base);
      // OpenAI wants the model in the address; it does no harm where the secret has fixed it already.
      if (!url.searchParams.has("model")) url.searchParams.set("model", session.model ?? defaultModel);
      // A page cannot set headers on a WebSocket: the secret travels as a subprotocol, as OpenAI's own client does it.
      const protocols = ["realtime", `openai-insecure-api-key.${secret}`];
      return { url: url.href, protocols: beta ? [...protocols, "openai-beta.realtime-v1"] : protocols };
    },
    parse: parseOpenai,
    build: buildOpenai,
    formats: formatsOf,
    interruptsItself: (session) => detectionOf(session).interrupts,
    answersItself: (session) => detectionOf(session).answers,
    detectsTurns: (session) => detectionOf(session).detects,
    // OpenAI's account keys begin so; its ephemeral secrets begin with ek_ [certain].
    isAccountKey: (secret) => secret.startsWith("sk-"),
    unsupported: unsupportedIn,
    closed: openaiEnd,
  };
}

/** The frames for a command, in OpenAI's protocol and those that are modelled on it. */
export function buildOpenai(command: VoiceCommand, dialect: string): VoiceFrame | readonly VoiceFrame[] | undefined {
  switch (command.type) {
    case "configure": {
      const write = dialect === "beta" ? toOlderSession : toSession;
      return { type: "session.update", session: write(command) };
    }
    case "audio":
      return { type: "input_audio_buffer.append", audio: toBase64(command.bytes) };
    case "commit":
      return { type: "input_audio_buffer.commit" };
    case "clear":
      return { type: "input_audio_buffer.clear" };
    case "respond":
      return { type: "response.create", event_id: command.id, ...(command.say !== undefined && speak(command)) };
    case "cancel":
      return { type: "response.cancel", event_id: command.id, response_id: command.responseId || undefined };
    case "heard":
      // The end of an item can be cut, at 1 ms at the earliest; an item without a beginning can only be deleted.
      return command.heardMs === 0
        ? { type: "conversation.item.delete", event_id: command.id, item_id: command.itemId }
        : {
            type: "conversation.item.truncate",
            event_id: command.id,
            item_id: command.itemId,
            content_index: command.contentIndex,
            audio_end_ms: command.heardMs,
          };
    case "toolResult":
      return item({ type: "function_call_output", call_id: command.callId, output: command.output });
    case "remember": {
      const { id, role, text } = command;
      // An assistant's item is "text" in the older interface, "output_text" now.
      const kind = role === "user" ? "input_text" : dialect === "beta" ? "text" : "output_text";
      const speaker = role === "user" ? "user" : "assistant";
      return item({ id, type: "message", role: speaker, content: [{ type: kind, text }] });
    }
    case "text":
      return item({ type: "message", role: "user", content: [{ type: "input_text", text: command.text }] });
    case "context":
      return item({ type: "message", role: "system", content: [{ type: "input_text", text: command.text }] });
    case "keepAlive":
      return undefined;
    default:
      return command satisfies never;
  }
}

const item = (made: object): object => ({ type: "conversation.item.create", item: made });

/** The task of a `say`: how the model is asked to speak given words. */
export const sayTask = (words: string): string =>
  `Say the following to the caller now, word for word, and nothing else:\n${words}`;

/** The instructions of a response replace the session's, so those are repeated. Tools would let the model do something else first. */
function speak({ say = "", instructions }: { say?: string | undefined; instructions?: string | undefined }) {
  const task = sayTask(say);
  return { response: { instructions: instructions ? `${instructions}\n\n${task}` : task, tool_choice: "none" } };
}
