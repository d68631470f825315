import type { DailyCall } from "@daily-co/daily-js";

/** What `call` takes from now on without a word, oldest first; `at` in seconds of the page's clock. The list grows as it happens. */
export function recordSends(call: DailyCall): readonly { at: number; data: unknown }[] {
  const taken: { at: number; data: unknown }[] = [];
  const send = call.sendAppMessage.bind(call);
  call.sendAppMessage = (data, to) => {
    const sender = send(data, to);
    taken.push({ at: performance.now() / 1000, data });
    return sender;
  };
  return taken;
}
