/** The part of Node's types that the REST fake uses: src/ is compiled without Node's globals. Tests compile it with Node's own. */
declare module "node:http" {
  interface IncomingMessage extends AsyncIterable<Uint8Array> {
    readonly method?: string | undefined;
    readonly url?: string | undefined;
    readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  }
  interface ServerResponse {
    writeHead(status: number, headers?: Record<string, string>): ServerResponse;
    end(body?: string): unknown;
  }
  interface Server {
    listen(port: number, host: string, listening: () => void): unknown;
    once(event: "error", listener: (error: Error) => void): unknown;
    address(): { port: number } | string | null;
    close(closed: () => void): unknown;
    closeAllConnections(): void;
  }
  export function createServer(handler: (request: IncomingMessage, response: ServerResponse) => void): Server;
}
