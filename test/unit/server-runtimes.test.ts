import { afterEach, expect, test, vi } from "vitest";
import { createEchoPersona, ServiceError } from "../../src/server/index.js";
import { scriptedFetch } from "../support/scripted-fetch.js";

class WorkerGlobalScope {}
const scope = { WorkerGlobalScope, self: new WorkerGlobalScope() };

/** Globals by which a runtime can be told; what is not named is as in Node. */
const browsers: Record<string, object> = {
  "a page": { window: {}, document: {} },
  "a classic worker": { ...scope, importScripts: () => {} },
  "a module worker, whose importScripts() throws": {
    ...scope,
    importScripts: () => {
      throw new TypeError("module");
    },
  },
  "a service worker": { ...scope, ServiceWorkerGlobalScope: WorkerGlobalScope, importScripts: () => {}, clients: {} },
  "a page of a browser that calls itself otherwise": {
    window: {},
    document: {},
    navigator: { userAgent: "Mozilla/5.0" },
  },
};
const servers: Record<string, object> = {
  Node: {},
  workerd: { ...scope, ServiceWorkerGlobalScope: WorkerGlobalScope, WebSocketPair: class {}, caches: {} },
  "workerd, named": { ...scope, importScripts: () => {}, navigator: { userAgent: "Cloudflare-Workers" } },
  "edge-runtime": { EdgeRuntime: "edge-runtime", self: globalThis, window: {}, document: {} },
  "Deno 1, which has a window": { Deno: { version: { deno: "1.46.0" } }, window: globalThis },
  "a worker of Deno": { Deno: { version: { deno: "2.5.0" } }, ...scope, importScripts: () => {} },
  Bun: { Bun: { version: "1.3.0" }, self: globalThis },
  "a native app with a window alone": { window: globalThis },
};

afterEach(() => {
  vi.unstubAllGlobals();
  vi.unstubAllEnvs();
});

test.each(Object.keys(browsers))("refused, without a request, in %s", async (name) => {
  for (const [global, value] of Object.entries(browsers[name]!)) vi.stubGlobal(global, value);
  const { asked, options } = scriptedFetch({ persona_id: "p1" });
  const error = await createEchoPersona(options).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(ServiceError);
  expect((error as ServiceError).code).toBe("in-browser");
  expect(asked).toHaveLength(0);
});

test.each(Object.keys(servers))("works in %s", async (name) => {
  for (const [global, value] of Object.entries(servers[name]!)) vi.stubGlobal(global, value);
  const { asked, options } = scriptedFetch({ persona_id: "p1" });
  expect(await createEchoPersona(options)).toEqual({ personaId: "p1" });
  expect(asked).toHaveLength(1);
});

test("the key comes from Deno's environment where process has none; one that may not be read counts as not set", async () => {
  const { asked, options } = scriptedFetch({ persona_id: "p1" });
  const { apiKey: _, ...rest } = options;
  vi.stubEnv("TAVUS_API_KEY", undefined);
  const get = vi.fn((name: string) => (name === "TAVUS_API_KEY" ? "from-deno" : undefined));
  vi.stubGlobal("Deno", { version: { deno: "2.5.0" }, env: { get } });
  await createEchoPersona(rest);
  expect(asked[0]!.headers.get("x-api-key")).toBe("from-deno");
  get.mockImplementation(() => {
    throw new Error("NotCapable");
  });
  await expect(createEchoPersona(rest)).rejects.toMatchObject({ code: "key-missing" });
});

test("without process at all, a key that is handed in is enough", async () => {
  const { options } = scriptedFetch({ persona_id: "p1" });
  const { process } = globalThis;
  try {
    Object.defineProperty(globalThis, "process", { value: undefined, configurable: true, writable: true });
    expect(await createEchoPersona(options)).toEqual({ personaId: "p1" });
  } finally {
    Object.defineProperty(globalThis, "process", { value: process, configurable: true, writable: true });
  }
});
