import { VirtualClock } from "../../src/flow/virtual-clock.js";

/** A request as {@link scriptedFetch} was asked. */
export interface Asked {
  method: string;
  /** Path and query below the API's version. */
  path: string;
  headers: Headers;
  body: unknown;
}

/** A `fetch` that answers with one JSON value (or `[status, value]`) after the other, the last one again and again. */
export function scriptedFetch(...answers: readonly (object | readonly [number, unknown])[]) {
  const asked: Asked[] = [];
  const answer = async (url: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const next = answers[Math.min(asked.length, answers.length - 1)] ?? {};
    const { pathname, search } = new URL(String(url));
    asked.push({
      method: init.method ?? "GET",
      path: `${pathname.replace("/v2", "")}${search}`,
      headers: new Headers(init.headers),
      body: init.body ? JSON.parse(String(init.body)) : undefined,
    });
    const [status, value] = Array.isArray(next) ? (next as [number, unknown]) : [200, next];
    if (status === 204) return new Response(null, { status });
    return new Response(typeof value === "string" ? value : JSON.stringify(value), { status });
  };
  const clock = new VirtualClock();
  return { asked, clock, options: { apiKey: "tvs_0123456789abcdef", fetch: answer as typeof fetch, clock } };
}
