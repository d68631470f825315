import type { Problem } from "../shape.js";
import { refusal } from "./conversation.js";
import type { ErrorBody } from "./dialect.js";

/** OpenAI's words for a field that is wrong [L: codes as its interfaces use them]. */
export function problemError({ reason, path, expected }: Problem): ErrorBody {
  if (reason === "unknown") return refusal("unknown_parameter", `Unknown parameter: '${path}'.`, path);
  if (reason === "missing")
    return refusal("missing_required_parameter", `Missing required parameter: '${path}'.`, path);
  if (reason === "type") return refusal("invalid_type", `Invalid type for '${path}': expected ${expected}.`, path);
  return refusal("invalid_value", `Invalid value for '${path}': expected ${expected}.`, path);
}

/** OpenAI's words for an event that it does not have. */
export function unknownEvent(type: unknown, known: readonly string[]): ErrorBody {
  if (type === undefined) return problemError({ reason: "missing", path: "type", expected: "a text" });
  return refusal(
    "invalid_value",
    `Invalid value: '${String(type)}'. Supported values are: ${known.join(", ")}.`,
    "type",
  );
}
