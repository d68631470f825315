import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import {
  createEchoConversation,
  createEchoPal,
  createEchoPersona,
  type EchoConversation,
  endConversation,
  listConversations,
  listPersonas,
  type TavusAccount,
} from "tavus-echo/server";
import type { Command } from "./command-line.js";
import type { Entry, Journal } from "./journal.js";

/** Name of the persona that all runs share. */
const personaName = "tavus-echo conformance";
/** A conversation that was asked for so long ago has ended by its own limits, whatever became of its process. */
const surelyOverSeconds = 900;
/** What was asked for just now may be made by Tavus after we have looked for it. */
const mayStillAppearSeconds = 60;

/** Seconds of a conversation at most: Tavus ends it then by itself. */
export const mostSeconds = 300;

/** A conversation and its room, noted on disk from before it is made until after it has ended. */
export interface OpenConversation extends EchoConversation {
  name: string;
}

/** Makes the conversation. Echo personas are used again; without one of the user's the account gets one, once. */
export async function openConversation(
  { ids }: Command,
  account: TavusAccount,
  journal: Journal,
  greeting: string,
): Promise<OpenConversation> {
  const complete = await withPersona(ids, account);
  const name = `${personaName} ${randomUUID()}`;
  await journal.begin(name, account.baseUrl?.toString());
  try {
    const conversation = await createEchoConversation({
      ...{ ...account, ...complete, name, requireAuth: true, customGreeting: greeting, maxParticipants: 2 },
      properties: { max_call_duration: mostSeconds, participant_left_timeout: 5, participant_absent_timeout: 90 },
    });
    await journal.know(name, conversation.conversationId);
    return { ...conversation, name };
  } catch (error) {
    // Refused, or made and not told: the journal knows its name, and whoever ends orphans finds it by that.
    await endByName(account, name);
    await journal.forget(name);
    throw error;
  }
}

async function withPersona(ids: Command["ids"], account: TavusAccount) {
  if ("palId" in ids || "personaId" in ids) return ids;
  const own = (await listPersonas(account)).find(({ name, echo }) => echo && name === personaName);
  if ("faceId" in ids && ids.faceId) {
    const pal = own
      ? { palId: own.personaId }
      : await createEchoPal({ ...account, name: personaName, defaultFaceId: ids.faceId });
    return { ...ids, ...pal };
  }
  const persona = own ?? (await createEchoPersona({ ...account, name: personaName }));
  return { ...ids, personaId: persona.personaId };
}

/** Ends it, and strikes it from the journal. */
export async function closeConversation(
  account: TavusAccount,
  journal: Journal,
  { name, conversationId }: Pick<OpenConversation, "name" | "conversationId">,
): Promise<void> {
  await endConversation({ ...account, conversationId });
  await journal.forget(name);
}

/**
 * Ends what earlier runs of this command left: processes that are no more, and conversations whose id never arrived. Returns what
 * was ended.
 */
export async function endOrphans(account: TavusAccount, journal: Journal): Promise<readonly string[]> {
  const ended: string[] = [];
  const now = Date.now() / 1000;
  for (const entry of await journal.entries()) {
    if (isRunning(entry, now) || (entry.baseUrl ?? "") !== (account.baseUrl?.toString() ?? "")) continue;
    if (entry.conversationId === undefined) {
      ended.push(...(await endByName(account, entry.name)));
      if (now - entry.startedAt < mayStillAppearSeconds && ended.length === 0) continue;
    } else {
      await endConversation({ ...account, conversationId: entry.conversationId });
      ended.push(entry.conversationId);
    }
    await journal.forget(entry.name);
  }
  return ended;
}

async function endByName(account: TavusAccount, name: string): Promise<string[]> {
  const ended: string[] = [];
  for (const conversation of await listConversations({ ...account, status: "active" })) {
    if (conversation.name !== name) continue;
    await endConversation({ ...account, conversationId: conversation.conversationId });
    ended.push(conversation.conversationId);
  }
  return ended;
}

function isRunning({ pid, host, startedAt }: Entry, now: number): boolean {
  if (host !== hostname() || now - startedAt > surelyOverSeconds || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process: it is there.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
