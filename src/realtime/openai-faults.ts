import { type Fields, textOf } from "./fields.js";
import type { VoiceEnd } from "./protocol.js";
import type { RealtimeErrorCode } from "./realtime-error.js";
import type { VoiceFault } from "./voice-event.js";

const codes: ReadonlyMap<string, RealtimeErrorCode> = new Map([
  ["session_expired", "session-expired"],
  ["rate_limit_exceeded", "rate-limited"],
  ["insufficient_quota", "quota-exceeded"],
  ["invalid_api_key", "unauthorized"],
  // The older, beta interface is switched off [certain].
  ["beta_api_shape_disabled", "interface-retired"],
]);

/** An `error` object's code and what it is to us; `otherwise` where it is unknown. The message is left to the caller. */
export function faultOf(error: Fields, otherwise: RealtimeErrorCode): VoiceFault {
  const providerCode = textOf(error.code) || textOf(error.type);
  return { code: codes.get(providerCode) ?? otherwise, providerCode, message: "" };
}

/** What the end of a connection means. A reason is often "type.code", as in "invalid_request_error.invalid_api_key". */
export function openaiEnd(code: number, reason: string): VoiceEnd {
  const known = codes.get(reason.split(".").at(-1) ?? "");
  // 1001 "Your session hit the maximum duration of 60 minutes." has been seen [likely].
  if (known === "session-expired" || /maximum duration|session_expired/i.test(reason))
    return end("session-expired", reason, true);
  if (known === "interface-retired")
    return end(
      known,
      `the service has retired the older (beta) interface that this client asked for (${reason})`,
      false,
    );
  // 3000 comes with refused secrets [likely]; 1008 is the standard's code for a breach of policy.
  if (code === 3000 || code === 1008 || /invalid_api_key|unauthorized/i.test(reason))
    return end("unauthorized", reason || `closed with ${code}`, false);
  return end("connection-lost", `closed with ${code}${reason && `: ${reason}`}`, true);
}

const end = (code: RealtimeErrorCode, message: string, again: boolean): VoiceEnd => ({
  fault: { code, message },
  again,
});
