import type { Clock } from "./flow/clock.js";
import { deduplicator } from "./tavus/deduplicate.js";
import { type DocumentedEvent, documentedEvent } from "./tavus/documented-event.js";
import type { Interaction } from "./tavus/interaction.js";

type ToolCall = Extract<
  DocumentedEvent,
  { event_type: "conversation.tool_call" | "conversation.perception_tool_call" }
> & {
  /**
   * Answers the call: `conversation.tool_result` [certain]. Tavus waits without a limit. What is neither a text nor an object is
   * sent as text. Throws TypeError for a second answer and where Tavus sent no `tool_call_id`; else as `replica.send()`.
   */
  reply(output: unknown, status?: "success" | "error"): void;
};

/** What `replica.on("tavus")` reports: every event that Tavus documents, and tool calls with their answer. */
export type TavusEvent = Exclude<DocumentedEvent, { event_type: ToolCall["event_type"] }> | ToolCall;

/** Reads trusted messages: each documented event once. `send` carries the answers of tool calls. */
export function tavusEvents(
  clock: Clock,
  send: (interaction: Interaction) => void,
): (message: unknown) => TavusEvent | undefined {
  const isNew = deduplicator();
  return (message) => {
    const event = documentedEvent(message);
    try {
      if (!event || !isNew(event, clock.now())) return undefined;
    } catch {
      // Properties that are no JSON: nothing that Tavus sent.
      return undefined;
    }
    if (!event.event_type.endsWith("tool_call")) return event as TavusEvent;
    const { tool_call_id: id } = event.properties;
    let open = typeof id === "string";
    const reply: ToolCall["reply"] = (output, status = "success") => {
      if (!open) throw new TypeError("reply(): the call was answered, or has no tool_call_id.");
      const value = typeof output === "object" && output ? output : String(output);
      send({ event_type: "conversation.tool_result", properties: { tool_call_id: String(id), output: value, status } });
      open = false;
    };
    return { ...event, reply } as ToolCall;
  };
}
