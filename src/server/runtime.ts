/** What this file asks of the global object, whatever the runtime has there. */
interface Globals {
  Deno?: { version?: { deno?: unknown }; env?: { get?(name: string): string | undefined } };
  EdgeRuntime?: unknown;
  importScripts?: unknown;
  navigator?: { userAgent?: unknown };
  process?: { env?: Record<string, string | undefined> };
}

/**
 * Whether this certainly is a page or a worker of a browser: anything that it holds belongs to everybody. A server's runtime
 * may have any of the names alone: Deno has had `window`, workerd has `WorkerGlobalScope`, edge-runtime has `self`.
 */
export function inBrowser(): boolean {
  const { Deno, EdgeRuntime, importScripts, navigator } = globalThis as Globals;
  // Names that no browser has: Deno, Vercel's edge-runtime, Cloudflare's workerd.
  if (typeof Deno?.version?.deno === "string" || typeof EdgeRuntime === "string") return false;
  if (navigator?.userAgent === "Cloudflare-Workers") return false;
  if ("window" in globalThis && "document" in globalThis) return true;
  // Every worker of a browser has importScripts(), module workers too; workerd has the interface without it (HTML, 10.2.1).
  return "WorkerGlobalScope" in globalThis && typeof importScripts === "function";
}

/** The environment's variable `name`; undefined where it is not set, or where the runtime has or shows no environment. */
export function environment(name: string): string | undefined {
  const { process, Deno } = globalThis as Globals;
  const value = process?.env?.[name];
  if (value !== undefined) return value;
  try {
    return Deno?.env?.get?.(name);
  } catch {
    // Deno without --allow-env. Whoever needs the variable says that it is missing.
    return undefined;
  }
}
