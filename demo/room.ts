import Daily, { type DailyCall } from "@daily-co/daily-js";
import { createFakeRoom, type FakeRoom } from "tavus-echo/fake-room";
import { personaVoice } from "./synth.js";

/** A call object that has not joined yet, and where to join. Echo mode wants the call's own microphone and camera off. */
export interface Entrance {
  call: DailyCall;
  url: string;
  token?: string;
  /** What the user is told about the room. */
  name: string;
  /** Ends a conversation that was made for this page, so that it costs no more. */
  end?: (() => void) | undefined;
}

/** What is looked at from the console of the browser, and by the demo's tests. */
export interface Backstage {
  call: DailyCall;
  /** The fake room; undefined in a real conversation. */
  room?: FakeRoom | undefined;
}

/**
 * The way in: to the conversation whose URL was pasted; else to the one that the demo's server makes when it has a key;
 * else to the fake room that runs in this page.
 */
export async function openEntrance(pasted: string): Promise<Entrance & Backstage> {
  const silent = { audioSource: false, videoSource: false };
  const real = pasted ? { url: pasted } : await askServer();
  if (real) return { call: Daily.createCallObject(silent), name: "a real conversation", ...real };
  const room = await createFakeRoom({ speech: personaVoice });
  const dailyConfig: object = room.dailyConfig;
  const call = Daily.createCallObject({ ...silent, dailyConfig });
  return { call, url: room.url, name: "the fake room", room };
}

/** Where the demo's server wants the page to join; undefined when it has no key, or when there is no such server. */
async function askServer(): Promise<Pick<Entrance, "url" | "token" | "end"> | undefined> {
  const response = await fetch("/api/conversation", { method: "POST" });
  if (response.status === 204 || response.status === 404) return undefined;
  const answer: { id: string; url: string; token?: string; error?: string } = await response.json();
  if (!response.ok) throw new Error(answer.error ?? `The demo's server answered with status ${response.status}.`);
  // A beacon leaves even from a page that is being closed.
  const tellServer = (): void => void navigator.sendBeacon("/api/conversation/end", answer.id);
  addEventListener("pagehide", tellServer, { once: true });
  const end = (): void => {
    removeEventListener("pagehide", tellServer);
    tellServer();
  };
  return { url: answer.url, ...(answer.token && { token: answer.token }), end };
}

/** Calls `seen` with every message that leaves through the call, as it leaves. */
export function watchSent(call: DailyCall, seen: (data: unknown) => void): void {
  const send = call.sendAppMessage.bind(call);
  call.sendAppMessage = (data, to) => {
    const sent = send(data, to);
    seen(data);
    return sent;
  };
}
