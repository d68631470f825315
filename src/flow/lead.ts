import { timeOf } from "../playback/playback-clock.js";
import type { Span } from "../playback/state.js";

/** Below this lead, streamed audio leaves by the clock, as live audio does: there is no room to wait for what was heard. */
const clockedLeadSeconds = 0.5;
/** What live sources may have ahead after they were buffered, whatever the lead: all of the buffer. */
const liveLeadSeconds = 20;
/** As long as no event says what a position is, the lead counts that much less as heard, so that the true one keeps its bound. */
const estimateMarginSeconds = 2;

/**
 * Seconds until the lead (what was sent and not heard) has room for `next` seconds more. `since`: seconds since the
 * first message; `lead`: the bound; `live`: the audio comes at its own pace.
 */
export function leadDelay(
  { clock, basis }: Span,
  { next, since, lead }: { next: number; since: number; lead: number },
  live: boolean,
  now: number,
): number {
  if (!live && lead < clockedLeadSeconds) return Math.max(0, clock.sent - lead - since);
  const bound = live ? Math.max(lead, liveLeadSeconds) : lead;
  const excess = clock.sent + next - bound;
  if (excess <= 0) return 0;
  const margin = basis === "event" ? 0 : Math.min(estimateMarginSeconds, bound / 4);
  // Never more than all: what will not be heard before more is sent need not be waited for.
  return Math.max(0, timeOf({ ...clock }, Math.min(excess + margin, clock.sent), now) - now);
}
