/** An unknown sender's events wait this long for the replica to show itself, or for the sender to turn out a participant. */
const waitSeconds = 1;

/** Who is believed in a call, beside the transport's own judgement of visible senders. */
export interface Trust {
  /** The replica's visible session has sent an event: senders that are no participants are not believed any more. */
  readonly visible: boolean;
  /** The one sender that is no participant and was believed. */
  readonly pinned: string | undefined;
  /** Since when senders wait, by their session id. */
  readonly waiting: Readonly<Record<string, number>>;
}

/** Nobody has sent anything. */
export const noTrust: Trust = { visible: false, pinned: undefined, waiting: {} };

/** What a message is to the client: it counts, it does not, or it counts `at` a later time unless something speaks against it. */
export type Verdict = "believed" | "refused" | { waitsUntil: number };

/**
 * Who sends Tavus' events, the replica's session or a hidden one, is [unknown]. A visible replica settles it; until then
 * one unknown sender may be believed, after a wait. Pure; `visible`: the sender is a participant, and the transport takes it for the replica.
 */
export function judgeSender(
  trust: Trust,
  sender: string,
  visible: boolean,
  now: number,
): { trust: Trust; verdict: Verdict } {
  if (visible) return { trust: trust.visible ? trust : { ...trust, visible: true, waiting: {} }, verdict: "believed" };
  if (trust.visible || (trust.pinned !== undefined && trust.pinned !== sender)) return { trust, verdict: "refused" };
  if (trust.pinned === sender) return { trust, verdict: "believed" };
  const since = trust.waiting[sender];
  if (since !== undefined && now >= since + waitSeconds)
    return { trust: { ...trust, pinned: sender, waiting: {} }, verdict: "believed" };
  const waiting = since === undefined ? { ...trust.waiting, [sender]: now } : trust.waiting;
  return { trust: { ...trust, waiting }, verdict: { waitsUntil: (since ?? now) + waitSeconds } };
}
