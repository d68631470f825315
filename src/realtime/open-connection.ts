import { abortable } from "../flow/abortable.js";
import { watchPolicy } from "./blocked-socket.js";
import type { ConnectionOptions } from "./connection-options.js";
import type { VoiceConnection } from "./protocol.js";
import { ProviderConnection } from "./provider-connection.js";
import { addressOf, hiding } from "./provider-error.js";
import { RealtimeError } from "./realtime-error.js";
import type { VoiceSocket, VoiceSocketConstructor } from "./voice-socket.js";

/** What a connection is opened with. */
export interface OpenOptions extends Omit<ConnectionOptions, "state" | "hide"> {
  readonly url: string;
  readonly secret: () => Promise<string>;
  readonly socket: VoiceSocketConstructor;
  /** The state of the connection before, which a protocol may go on with. */
  readonly previous: VoiceConnection | undefined;
  /** Aborts the opening, with a RealtimeError. */
  readonly signal: AbortSignal;
  /** The connection as soon as there is a socket: events arrive before it is established. */
  onMade(connection: ProviderConnection): void;
  /** Seconds from the first step until the session is there. */
  readonly timeoutSeconds: number;
}

/** Fetches a fresh secret, opens a socket with it and configures the session. Rejects with a RealtimeError that holds no secret. */
export async function openConnection(options: OpenOptions): Promise<ProviderConnection> {
  const { clock, timeoutSeconds, signal, protocol } = options;
  const limit = new AbortController();
  const over = new AbortController();
  let step = "the secret function gave nothing";
  const abort = (): void => limit.abort(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { signal: over.signal });
  void clock.sleep(timeoutSeconds, over.signal).then(() => {
    if (over.signal.aborted) return;
    limit.abort(new RealtimeError("connect-timeout", `${protocol.name}: ${step} within ${timeoutSeconds} s.`));
  });
  try {
    const secret = await secretOf(options, limit.signal);
    step = "no session";
    return await connect(options, secret, limit.signal);
  } finally {
    over.abort();
  }
}

async function secretOf({ secret: ask, protocol }: OpenOptions, signal: AbortSignal): Promise<string> {
  let secret: unknown;
  try {
    secret = await abortable((async () => ask())(), signal);
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    throw new RealtimeError("secret-failed", "The secret function failed.", { cause });
  }
  if (typeof secret !== "string" || !secret)
    throw new RealtimeError("secret-failed", "The secret function returned no text.");
  const accountKey = protocol.isAccountKey ?? ((text: string) => text.startsWith("sk-"));
  if (accountKey(secret) && "document" in globalThis)
    throw new RealtimeError("secret-unsafe", "The secret is an account's key, and this is a page.");
  return secret;
}

async function connect(options: OpenOptions, secret: string, signal: AbortSignal): Promise<ProviderConnection> {
  const { protocol, session, previous } = options;
  const state = protocol.connection?.(session, previous) ?? protocol;
  const { socket, address } = socketFor(options, secret, state);
  const connection = new ProviderConnection({ ...options, state, hide: hiding(secret) }, socket);
  options.onMade(connection);
  const unwatch = watchPolicy(address, (directive) => {
    const message = `The page's Content-Security-Policy (${directive}) blocked the socket to ${new URL(address).host}.`;
    connection.block(new RealtimeError("csp-socket", message));
  });
  try {
    await connection.establish(signal);
    return connection;
  } finally {
    unwatch();
  }
}

function socketFor(
  options: OpenOptions,
  secret: string,
  state: VoiceConnection,
): { socket: VoiceSocket; address: string } {
  try {
    const { url, protocols } = options.protocol.connect(options.url, options.session, secret, state);
    return { socket: new options.socket(url, protocols), address: url };
  } catch {
    // No cause: the platform's error quotes the address or the subprotocol, and one of them holds the secret.
    const host = addressOf(options.url)?.host ?? "an address that is none";
    throw new RealtimeError("connect-failed", `No socket can be made for ${host} with this secret.`);
  }
}
