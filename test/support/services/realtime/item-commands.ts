import type {
  ConversationItem,
  ConversationItemCreateEvent,
  ConversationItemDeleteEvent,
  ConversationItemRetrieveEvent,
  ConversationItemTruncateEvent,
} from "openai/resources/realtime/realtime";
import { type Conversation, refusal } from "./conversation.js";
import type { ErrorBody, Unsent } from "./dialect.js";

/** What a client does to the model's memory. */
export type ItemCommand =
  | ConversationItemCreateEvent
  | ConversationItemDeleteEvent
  | ConversationItemRetrieveEvent
  | ConversationItemTruncateEvent;

/** Does it; returns the events that confirm it, or what is wrong. */
export function runItemCommand(
  conversation: Conversation,
  event: ItemCommand,
  newId: () => string,
): Unsent[] | ErrorBody {
  switch (event.type) {
    case "conversation.item.create":
      return create(conversation, event.item, event.item.id ?? newId(), event.previous_item_id);
    case "conversation.item.truncate": {
      const { type: _, event_id: __, ...place } = event;
      return conversation.truncate(event) ?? [{ type: "conversation.item.truncated", ...place }];
    }
    case "conversation.item.delete":
      return conversation.delete(event.item_id) ?? [{ type: "conversation.item.deleted", item_id: event.item_id }];
    case "conversation.item.retrieve": {
      const found = conversation.find(event.item_id);
      if (!found) return refusal("item_retrieve_invalid_item_id", `No item with the id '${event.item_id}'.`, "item_id");
      return [{ type: "conversation.item.retrieved", item: found.item }];
    }
  }
}

function create(conversation: Conversation, item: ConversationItem, id: string, after?: string): Unsent[] | ErrorBody {
  if (item.type === "function_call_output" && !conversation.awaits(item.call_id))
    return refusal("invalid_tool_call_id", `No function call with the id '${item.call_id}' waits.`, "item.call_id");
  const added = conversation.add(id, item, undefined, after);
  if ("message" in added) return added;
  const place = { item: { ...item, id }, previous_item_id: added.previous };
  return [
    { type: "conversation.item.added", ...place },
    { type: "conversation.item.done", ...place },
  ];
}
