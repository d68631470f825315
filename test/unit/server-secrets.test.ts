import { inspect } from "node:util";
import { expect, test } from "vitest";
import { createEchoConversation, createEchoPersona, ServiceError } from "../../src/server/index.js";
import { scriptedFetch } from "../support/scripted-fetch.js";

/** The error of a request that the service refuses with `words`. */
async function refused(words: string, given: object = {}): Promise<ServiceError> {
  const { options } = scriptedFetch([400, { error: words }]);
  const error = await createEchoPersona({ ...options, ...given }).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(ServiceError);
  return error as ServiceError;
}

test.each(["k", "e", "in", "key", "POST", "a1", ".", "$&", "\\", "["])(
  "a key of few letters is hidden where it stands alone, and garbles nothing: %s",
  async (apiKey) => {
    const sentence = "unknown field: expected pipeline_mode in the body";
    const plain = await refused(sentence, { apiKey });
    expect(plain.message).toBe(
      `Tavus: POST /personas: status 400, "${sentence.replace(
        new RegExp(`(?<![A-Za-z0-9])${apiKey.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}(?![A-Za-z0-9])`, "g"),
        "[key]",
      )}".`,
    );
    const named = await refused(`no such key <${apiKey}> (${encodeURIComponent(apiKey)})`, { apiKey });
    expect(named.message).toContain("<[key]>");
  },
);

test("a one-letter key leaves the usual refusal as the service wrote it", async () => {
  const { message } = await refused("unknown field", { apiKey: "k" });
  expect(message).toBe('Tavus: POST /personas: status 400, "unknown field".');
});

test("secrets that the body carries are in no error: a TTS service's key, a token, at any depth", async () => {
  const secrets = ["sk_live_0123456789", "bearer-abcdef-012345", "hunter2hunter2"];
  const [api_key, token, password] = secrets;
  const layers = { tts: { api_key, settings: [{ auth: { token } }] }, llm: { extra: { password } } };
  for (const form of [(s: string) => s, encodeURIComponent, btoa]) {
    const error = await refused(`rejected: ${secrets.map((secret) => form(secret)).join(" ")}`, { layers });
    const everything = inspect(error, { depth: 12, showHidden: true }) + JSON.stringify(error);
    for (const secret of secrets) for (const text of [secret, btoa(secret)]) expect(everything).not.toContain(text);
  }
});

test("a network library's error is cleaned of the body's secrets, too", async () => {
  const failing = (async () => {
    throw new TypeError("cannot send tts_secret_9876543210", { cause: new Error("tts_secret_9876543210") });
  }) as unknown as typeof fetch;
  const error = await createEchoConversation({
    ...{
      apiKey: "k",
      fetch: failing,
      replicaId: "r1",
      fields: { layers: { tts: { api_key: "tts_secret_9876543210" } } },
    },
  }).catch((error: unknown) => error);
  expect((error as ServiceError).code).toBe("unreachable");
  expect(inspect(error, { depth: 12, showHidden: true })).not.toContain("tts_secret_9876543210");
});
