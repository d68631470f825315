import type { ConversationItem, ConversationItemTruncateEvent } from "openai/resources/realtime/realtime";
import type { Spoken } from "../spoken.js";
import type { ErrorBody } from "./dialect.js";

/** What the model remembers of one item. */
export interface Remembered {
  id: string;
  item: ConversationItem;
  /** Its audio, if the model said it. */
  spoken?: Spoken;
  /** Milliseconds of its audio that are left, after a truncation. */
  audioEndMs?: number;
  deleted?: boolean;
}

/** The items of a conversation in their order. */
export class Conversation {
  readonly items: Remembered[] = [];

  /** Puts an item behind another one, or at the end. Returns the id before it, or what is wrong. */
  add(id: string, item: ConversationItem, spoken?: Spoken, after?: string): { previous: string | null } | ErrorBody {
    if (this.items.some((each) => each.id === id))
      return refusal("item_create_duplicate_item_id", `An item with the id '${id}' already exists.`, "item.id");
    let at = this.items.length;
    if (after === "root") at = 0;
    else if (after !== undefined) {
      at = this.items.findIndex((each) => each.id === after && !each.deleted) + 1;
      if (at === 0)
        return refusal("item_create_invalid_previous_item_id", `No item with the id '${after}'.`, "previous_item_id");
    }
    this.items.splice(at, 0, { id, item: { ...item, id }, ...(spoken && { spoken }) });
    return { previous: this.items[at - 1]?.id ?? null };
  }

  /** The item with an id, unless it was deleted. */
  find(id: string): Remembered | undefined {
    return this.items.find((each) => each.id === id && !each.deleted);
  }

  /** Whether the model has asked for this call and has no result yet. */
  awaits(callId: string): boolean {
    const calls = this.items.some(({ item }) => item.type === "function_call" && item.call_id === callId);
    const results = this.items.some(({ item }) => item.type === "function_call_output" && item.call_id === callId);
    return calls && !results;
  }

  /** Forgets an item. */
  delete(id: string): ErrorBody | undefined {
    const found = this.find(id);
    if (!found) return refusal("item_delete_invalid_item_id", `No item with the id '${id}'.`, "item_id");
    found.deleted = true;
    return undefined;
  }

  /** Forgets what lies behind a time of an item's audio: an error past the end of what was sent [C]. */
  truncate({ item_id, content_index, audio_end_ms }: ConversationItemTruncateEvent): ErrorBody | undefined {
    const found = this.find(item_id);
    if (!found?.spoken)
      return refusal("item_truncate_invalid_item_id", `No audio item with the id '${item_id}'.`, "item_id");
    if (content_index !== 0)
      return refusal("invalid_value", "content_index must be 0 for a message of the model.", "content_index");
    const has = found.audioEndMs ?? Math.floor(found.spoken.seconds * 1000);
    if (audio_end_ms > has) {
      const message = `Audio content of ${has}ms is already shorter than ${audio_end_ms}ms`;
      return refusal("invalid_value", message, "audio_end_ms");
    }
    found.audioEndMs = audio_end_ms;
    return undefined;
  }
}

/** An error of the kind that a wrong message gets. */
export function refusal(code: string, message: string, param: string | null = null): ErrorBody {
  return { type: "invalid_request_error", code, message, param };
}
