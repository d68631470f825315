import { RealtimeError } from "./realtime-error.js";
import type { VoiceEvent, VoiceFault } from "./voice-event.js";

/** The error for what a provider says went wrong. */
export function errorOf(fault: VoiceFault, provider: string, retryAfterSeconds?: number): RealtimeError {
  const { code, message, providerCode } = fault;
  return new RealtimeError(code, `${provider}: ${message}`, {
    providerCode: providerCode || undefined,
    retryAfterSeconds,
  });
}

/**
 * A function that takes a secret out of text: as it is, as part of an address, and where it is an address itself, each of
 * its parameters. What a provider says may quote it.
 */
export function hiding(secret: string): (text: string) => string {
  const params = [...(addressOf(secret)?.searchParams.values() ?? [])];
  const forms = [secret, encodeURIComponent(secret), ...params, ...params.map(encodeURIComponent)];
  const hidden = [...new Set(forms)].filter((form) => form.length >= shortest).sort((a, b) => b.length - a.length);
  return (text) => hidden.reduce((left, form) => left.replaceAll(form, "[secret]"), text);
}

/** `text` as an address; undefined when it is none. (`URL.canParse` is younger than the browsers we support.) */
export function addressOf(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    // It is none.
    return undefined;
  }
}

/** Characters: a shorter parameter is no secret, and its letters stand in other words. */
const shortest = 6;

/** An event in whose words `hide` was applied. */
export function hideIn(event: VoiceEvent, hide: (text: string) => string): VoiceEvent {
  if (event.type !== "fault" && event.type !== "responseDone") return event;
  const { fault } = event;
  return fault ? ({ ...event, fault: hideInFault(fault, hide) } as VoiceEvent) : event;
}

/** A fault in whose words `hide` was applied. */
export function hideInFault(fault: VoiceFault, hide: (text: string) => string): VoiceFault {
  const { message, providerCode } = fault;
  return { ...fault, message: hide(message), providerCode: providerCode && hide(providerCode) };
}
