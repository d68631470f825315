import { EchoError } from "../errors.js";

/** What each rejection of getUserMedia() means: names from W3C Media Capture and Streams, section 10.2. */
export function refusal(cause: unknown): EchoError {
  const { name, message } = cause as DOMException;
  switch (name) {
    case "NotAllowedError":
    case "SecurityError":
      return new EchoError("microphone-denied", `The microphone was not allowed: ${message}`, {
        cause,
        ...(window.top !== window && {
          remedy:
            'In a frame the microphone needs allow="microphone" on the iframe; else allow it in the browser\'s settings and ask again from a click.',
        }),
      });
    case "NotFoundError":
      return new EchoError("microphone-missing", "There is no microphone.", { cause });
    case "OverconstrainedError":
      return new EchoError(
        "microphone-missing",
        `No microphone fits the constraint "${(cause as OverconstrainedError).constraint}".`,
        { cause },
      );
    case "NotReadableError":
    case "AbortError":
      return new EchoError("microphone-missing", `The microphone cannot be opened: ${message}`, {
        remedy: "Another application may hold it: close that one, or choose another device.",
        cause,
      });
    case "TypeError":
      return new EchoError("microphone-missing", `The constraints are not valid: ${message}`, { cause });
    default:
      return new EchoError("microphone-missing", `The microphone cannot be opened: ${String(cause)}`, { cause });
  }
}
