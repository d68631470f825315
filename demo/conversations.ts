import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What the page needs to join, and the id by which it asks for the end. */
export interface Made {
  id: string;
  url: string;
  token?: string;
}

/** Whose account, and where the persona's id is kept. */
export interface Account {
  apiKey: string;
  replicaId: string;
  /** Default: one that is made once, and kept. */
  personaId?: string | undefined;
  /** Default: Tavus' own API. */
  baseUrl?: string | undefined;
  /** Folder that outlives the process. */
  folder: string;
}

type Server = typeof import("tavus-echo/server");

/** The conversations that this server has made and not ended. Each costs until it is ended. */
export class Conversations {
  readonly #account: Account;
  readonly #load: () => Promise<Server>;
  readonly #open = new Set<string>();
  readonly #coming = new Set<Promise<unknown>>();
  #persona: Promise<string> | undefined;

  /** `load` gives the package's server entry, which the build may make later. */
  constructor(account: Account, load: () => Promise<Server>) {
    this.#account = account;
    this.#load = load;
  }

  /** Makes a private conversation. */
  create(): Promise<Made> {
    const made = this.#create();
    this.#coming.add(made);
    const forget = (): void => void this.#coming.delete(made);
    made.then(forget, forget);
    return made;
  }

  /** Ends one of them; any other id is left alone. Rejects when Tavus refuses. */
  async end(id: string): Promise<void> {
    if (!this.#open.delete(id)) return;
    const { endConversation } = await this.#load();
    try {
      await endConversation({ ...this.#login(), conversationId: id });
    } catch (error) {
      this.#open.add(id);
      throw error;
    }
  }

  /** Ends all, also those that are just being made. Resolves with what could not be ended, and why. */
  async endAll(): Promise<string[]> {
    await Promise.allSettled(this.#coming);
    const ids = [...this.#open];
    const endings = await Promise.allSettled(ids.map((id) => this.end(id)));
    return endings.flatMap((ending, index) =>
      ending.status === "rejected" ? [`${ids[index]} could not be ended: ${ending.reason}`] : [],
    );
  }

  #login(): { apiKey: string; baseUrl?: string } {
    const { apiKey, baseUrl } = this.#account;
    return { apiKey, ...(baseUrl && { baseUrl }) };
  }

  async #create(): Promise<Made> {
    const { createEchoConversation } = await this.#load();
    const make = async () =>
      createEchoConversation({
        ...this.#login(),
        replicaId: this.#account.replicaId,
        personaId: await this.#personaId(),
        name: "tavus-echo demo",
        requireAuth: true,
        properties: { max_call_duration: 600, participant_left_timeout: 10 },
      });
    const made = await make().catch((error: { code?: string }) => {
      // A persona that was kept may have been deleted since.
      if (!["bad-request", "not-found"].includes(error.code ?? "") || !this.#forgetPersona()) throw error;
      return make();
    });
    this.#open.add(made.conversationId);
    return {
      id: made.conversationId,
      url: made.conversationUrl,
      ...(made.meetingToken && { token: made.meetingToken }),
    };
  }

  /** One persona for all conversations, of this process and of later ones. */
  #personaId(): Promise<string> {
    this.#persona ??= this.#findPersona().catch((error) => {
      this.#persona = undefined;
      throw error;
    });
    return this.#persona;
  }

  async #findPersona(): Promise<string> {
    const kept = this.#account.personaId ?? this.#keptPersona();
    if (kept) return kept;
    const { createEchoPersona } = await this.#load();
    const { personaId } = await createEchoPersona({ ...this.#login(), name: "tavus-echo demo" });
    mkdirSync(this.#account.folder, { recursive: true });
    writeFileSync(this.#file(), personaId);
    return personaId;
  }

  #keptPersona(): string {
    try {
      return readFileSync(this.#file(), "utf8").trim();
    } catch {
      // None was made yet.
      return "";
    }
  }

  /** Whether there was a kept one that can be forgotten. */
  #forgetPersona(): boolean {
    if (this.#account.personaId || !this.#keptPersona()) return false;
    writeFileSync(this.#file(), "");
    this.#persona = undefined;
    return true;
  }

  /** Another account has another persona. The name tells nothing of the key. */
  #file(): string {
    const { apiKey, baseUrl = "" } = this.#account;
    const sum = createHash("sha256").update(`tavus-echo demo ${baseUrl} ${apiKey}`).digest("hex");
    return join(this.#account.folder, `persona-${sum.slice(0, 16)}.txt`);
  }
}
