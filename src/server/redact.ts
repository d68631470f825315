/** Below this length a secret is hidden where it stands by itself: a key "k" is not every k of an English sentence. */
const wordLength = 8;
/** Names of fields whose values are nobody's to see: `api_key`, `meeting_token`, `client_secret`, `Authorization` … */
const secretName = /key|token|secret|password|authorization/i;

/** `text` with every one of `secrets` replaced by `[key]`: plain, URL-encoded, JSON-escaped and in base64. */
export function redact(text: string, secrets: readonly string[]): string {
  const forms = new Set(secrets.filter(Boolean).flatMap(formsOf));
  if (forms.size === 0) return text;
  // The longest first, and in one pass: what has been hidden is not looked at again.
  const patterns = [...forms].sort((a, b) => b.length - a.length).map(patternOf);
  return text.replace(new RegExp(patterns.join("|"), "g"), "[key]");
}

function formsOf(secret: string): string[] {
  const base64 = btoa(String.fromCharCode(...new TextEncoder().encode(secret)));
  return [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), base64, base64.replace(/=+$/, "")];
}

function patternOf(form: string): string {
  const literal = form.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&");
  return form.length < wordLength ? `(?<![A-Za-z0-9])${literal}(?![A-Za-z0-9])` : literal;
}

/** The secrets that a request's body carries beside the key, such as a TTS service's `api_key` within a persona's layers. */
export function secretsOf(body: unknown, depth = 8): string[] {
  if (typeof body !== "object" || body === null || depth === 0) return [];
  return Object.entries(body).flatMap(([name, value]) =>
    typeof value === "string" ? (secretName.test(name) ? [value] : []) : secretsOf(value, depth - 1),
  );
}

/**
 * A copy of `error` and of the causes under it that holds neither a secret nor any property we do not know: a network
 * library may keep the whole request, headers included, on its errors.
 */
export function redactError(error: unknown, secrets: readonly string[], depth = 4): unknown {
  if (!(error instanceof Error)) return redact(String(error), secrets);
  const { code, errors } = error as { code?: unknown; errors?: unknown };
  const nested = error.cause ?? (Array.isArray(errors) ? errors[0] : undefined);
  const copy = new Error(redact(error.message, secrets));
  copy.name = redact(error.name, secrets);
  copy.stack = redact(error.stack ?? "", secrets);
  if (nested !== undefined && depth > 0) copy.cause = redactError(nested, secrets, depth - 1);
  return typeof code === "string" ? Object.assign(copy, { code: redact(code, secrets) }) : copy;
}
