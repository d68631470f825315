import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import type { Plugin } from "vite";

/**
 * The package's server entry, by its name as any app has it. Not a plain import: Vite runs its configuration, and so this
 * file, from inside node_modules, where a package does not find itself. Loaded late, because the build makes it first.
 */
async function loadServer(): Promise<typeof import("tavus-echo/server")> {
  const file = createRequire(new URL("../package.json", import.meta.url)).resolve("tavus-echo/server");
  return import(pathToFileURL(file).href);
}

/**
 * The demo's server side: answers POST /api/conversation with where to join. With TAVUS_API_KEY and TAVUS_REPLICA_ID in the
 * environment it makes a real, private conversation (and ends it when the server stops); without them it answers 204,
 * and the page uses the fake room. The key stays in this process.
 */
export function conversationServer(): Plugin {
  const { TAVUS_API_KEY: apiKey, TAVUS_REPLICA_ID: replicaId, TAVUS_PERSONA_ID: personaId } = process.env;
  const open = new Set<string>();

  const create = async (): Promise<{ url: string; token?: string }> => {
    const tavus = await loadServer();
    const persona = personaId ?? (await tavus.createEchoPersona({ name: "tavus-echo demo" })).personaId;
    const conversation = await tavus.createEchoConversation({
      replicaId: replicaId ?? "",
      personaId: persona,
      name: "tavus-echo demo",
      requireAuth: true,
      properties: { max_call_duration: 600, participant_left_timeout: 10 },
    });
    open.add(conversation.conversationId);
    return {
      url: conversation.conversationUrl,
      ...(conversation.meetingToken && { token: conversation.meetingToken }),
    };
  };

  return {
    name: "conversation-server",
    configureServer(server) {
      server.config.logger.info(
        apiKey && replicaId
          ? "Joins a real conversation: TAVUS_API_KEY and TAVUS_REPLICA_ID are set."
          : "Joins the fake room. Set TAVUS_API_KEY and TAVUS_REPLICA_ID to join a real conversation.",
      );
      server.middlewares.use("/api/conversation", (request, response) => {
        if (request.method !== "POST") return void response.writeHead(405).end();
        // Only the demo's own page: another site that the user visits must not make conversations at the account's cost.
        if (request.headers["sec-fetch-site"] !== "same-origin") return void response.writeHead(403).end();
        if (!apiKey || !replicaId) return void response.writeHead(204).end();
        create().then(
          (entrance) => response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(entrance)),
          (error: Error) => {
            server.config.logger.error(error.message);
            response
              .writeHead(502, { "content-type": "application/json" })
              .end(JSON.stringify({ error: error.message }));
          },
        );
      });
      server.httpServer?.once("close", async () => {
        const { endConversation } = await loadServer();
        for (const conversationId of open) await endConversation({ conversationId }).catch(() => undefined);
      });
    },
  };
}
