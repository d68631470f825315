import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { homedir, hostname } from "node:os";
import { dirname, join } from "node:path";

/** A conversation that a run has asked for, and that may still cost. */
export interface Entry {
  /** Unique: the conversation is named so, and found by it when its id never arrived. */
  name: string;
  /** Once Tavus has said it. */
  conversationId?: string;
  /** Unix time in seconds. */
  startedAt: number;
  /** Which process on which machine. */
  pid: number;
  host: string;
  baseUrl?: string;
}

/** Where the operating system keeps what programs remember for a user. */
export function journalFile(env: Readonly<Record<string, string | undefined>>, platform: string): string {
  const home = env.HOME || homedir();
  const folder =
    platform === "win32"
      ? (env.APPDATA ?? join(home, "AppData", "Roaming"))
      : platform === "darwin"
        ? join(home, "Library", "Application Support")
        : env.XDG_CONFIG_HOME || join(home, ".config");
  return join(folder, "tavus-echo", "conversations.json");
}

/**
 * What of the account may be running because of this command, on disk before it is asked for: a run that is killed at any moment
 * leaves enough for the next one to end it. It holds no key.
 */
export class Journal {
  readonly file: string;

  constructor(file: string) {
    this.file = file;
  }

  /** Everything that is noted. A file that cannot be read as a journal counts as empty, and is overwritten. */
  async entries(): Promise<readonly Entry[]> {
    let text: string;
    try {
      text = await readFile(this.file, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw error;
    }
    try {
      const { conversations } = JSON.parse(text) as { conversations?: unknown };
      return Array.isArray(conversations) ? conversations.filter(isEntry) : [];
    } catch {
      return [];
    }
  }

  /** Notes that a conversation of this name is about to be asked for. */
  async begin(name: string, baseUrl: string | undefined): Promise<void> {
    const entry = {
      name,
      startedAt: Date.now() / 1000,
      pid: process.pid,
      host: hostname(),
      ...(baseUrl && { baseUrl }),
    };
    await this.#change((entries) => [...entries, entry]);
  }

  /** Notes its id. */
  async know(name: string, conversationId: string): Promise<void> {
    await this.#change((entries) =>
      entries.map((entry) => (entry.name === name ? { ...entry, conversationId } : entry)),
    );
  }

  /** It has ended. */
  async forget(name: string): Promise<void> {
    await this.#change((entries) => entries.filter((entry) => entry.name !== name));
  }

  async #change(change: (entries: readonly Entry[]) => readonly Entry[]): Promise<void> {
    const text = JSON.stringify({ conversations: change(await this.entries()) }, undefined, 2);
    await mkdir(dirname(this.file), { recursive: true });
    // In one step: whoever is killed leaves the old file or the new one.
    const draft = `${this.file}.${process.pid}`;
    await writeFile(draft, `${text}\n`, { mode: 0o600 });
    await rename(draft, this.file);
  }
}

function isEntry(value: unknown): value is Entry {
  if (typeof value !== "object" || value === null) return false;
  const { name, conversationId, startedAt } = value as Record<string, unknown>;
  return (
    typeof name === "string" &&
    typeof startedAt === "number" &&
    (conversationId === undefined || typeof conversationId === "string")
  );
}
