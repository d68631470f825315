import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** A moment of a request: it has arrived, the API has acted on it, or it has been answered. */
export type Stage = "arrived" | "made" | "answered";

/** An address of an API that tells of every moment, and goes on when what `at` returns has settled. */
export interface HeldApi {
  readonly url: string;
  close(): Promise<void>;
}

/** Passes every request on to `target`, whatever becomes of who asked: what has been sent is done. */
export async function holdApi(
  target: string,
  at: (moment: { request: string; stage: Stage }) => Promise<void> | void,
): Promise<HeldApi> {
  const server: Server = createServer(async (asked, answer) => {
    const request = `${asked.method} ${asked.url?.replace("/v2", "").split("?")[0]}`;
    const body = await textOf(asked);
    await at({ request, stage: "arrived" });
    const response = await fetch(`${target}${asked.url?.replace("/v2", "")}`, {
      method: asked.method ?? "GET",
      headers: { "x-api-key": String(asked.headers["x-api-key"]), "content-type": "application/json" },
      ...(body !== "" && { body }),
    });
    const text = await response.text();
    await at({ request, stage: "made" });
    answer.on("error", () => undefined);
    answer.writeHead(response.status, { "content-type": "application/json" }).end(text);
    await at({ request, stage: "answered" });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v2`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += chunk;
  return text;
}
