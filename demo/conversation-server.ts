import type { IncomingMessage, ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import type { Plugin } from "vite";
import { Conversations } from "./conversations.js";

/**
 * The package's server entry, by its name as any app has it. Not a plain import: Vite runs its configuration, and so this
 * file, from inside node_modules, where a package does not find itself. Loaded late, because the build makes it first.
 */
async function loadServer(): Promise<typeof import("tavus-echo/server")> {
  const file = createRequire(new URL("../package.json", import.meta.url)).resolve("tavus-echo/server");
  return import(pathToFileURL(file).href);
}

/**
 * The demo's server side. POST /api/conversation answers where to join: with TAVUS_API_KEY and TAVUS_REPLICA_ID in the
 * environment it makes a real, private conversation; without them it answers 204, and the page uses the fake room. POST
 * /api/conversation/end ends it; so do the end of this process and a page that went away. The key stays in this process.
 */
export function conversationServer(): Plugin {
  const { TAVUS_API_KEY: apiKey, TAVUS_REPLICA_ID: replicaId } = process.env;
  const { TAVUS_PERSONA_ID: personaId, TAVUS_BASE_URL: baseUrl } = process.env;
  let conversations: Conversations | undefined;
  let log: (text: string) => void = () => {};

  const endAll = async (): Promise<void> => {
    for (const problem of (await conversations?.endAll()) ?? []) log(problem);
  };

  const create = async (response: ServerResponse, made: Conversations): Promise<void> => {
    try {
      const entrance = await made.create();
      if (response.destroyed) return await made.end(entrance.id);
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(entrance));
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      log(text);
      if (!response.destroyed)
        response.writeHead(502, { "content-type": "application/json" }).end(JSON.stringify({ error: text }));
    }
  };

  const end = async (request: IncomingMessage, response: ServerResponse, made: Conversations): Promise<void> => {
    let id = "";
    for await (const chunk of request) if (id.length < 100) id += String(chunk);
    response.writeHead(204).end();
    await made.end(id).catch((error: Error) => log(error.message));
  };

  return {
    name: "conversation-server",
    configureServer(server) {
      const { logger, cacheDir } = server.config;
      log = (text) => logger.error(text);
      if (apiKey && replicaId)
        conversations = new Conversations({ apiKey, replicaId, personaId, baseUrl, folder: cacheDir }, loadServer);
      logger.info(
        conversations
          ? "Joins a real conversation: TAVUS_API_KEY and TAVUS_REPLICA_ID are set."
          : "Joins the fake room. Set TAVUS_API_KEY and TAVUS_REPLICA_ID to join a real conversation.",
      );
      // Ctrl+C. A second one ends the process at once.
      if (conversations) process.once("SIGINT", () => void endAll().finally(() => process.exit(130)));
      server.middlewares.use("/api/conversation", (request, response) => {
        if (request.method !== "POST") return void response.writeHead(405).end();
        // Only the demo's own page: another site that the user visits must not make conversations at the account's cost.
        if (request.headers["sec-fetch-site"] !== "same-origin") return void response.writeHead(403).end();
        if (!conversations) return void response.writeHead(204).end();
        void (request.url === "/end" ? end(request, response, conversations) : create(response, conversations));
      });
    },
    // Vite waits for it when it is closed, which is what SIGTERM does.
    closeBundle: endAll,
  };
}
