/**
 * Stands for Daily Prebuilt, the page inside the frame of `Daily.createFrame()`, in a fake room. Written from what daily-js 0.87.0 and 0.92.2
 * post to the frame and take from it. It has no media: in Prebuilt tracks do not leave the frame.
 */
import type { FakeRoom } from "tavus-echo/fake-room";

/** What a room tells whoever sits in it, as far as it is needed here. */
type Told =
  | { type: "joined"; maxMessageLength: number; others: readonly Person[] }
  | { type: "participant"; change: "joined" | "left"; presence: Person }
  | { type: "message"; data: unknown; fromId: string }
  | { type: string };

interface Person {
  sessionId: string;
  userId: string;
  userName: string;
}

interface Seat {
  presence: Person;
  send(data: unknown, to?: unknown): void;
  leave(): void;
}

interface Message {
  what?: string;
  from?: string;
  action?: string;
  callbackStamp?: string;
  data?: unknown;
  to?: unknown;
}

/** The script of the page inside the frame: it passes everything on, both ways, and says that it is ready. */
export const prebuiltPage = `<!doctype html><title>Prebuilt</title><script>
addEventListener("message", ({ data, source }) => {
  if (source !== parent) return;
  if (data.toFrame) parent.postMessage({ what: "iframe-call-message", from: "embedded", ...data.toFrame }, "*");
  else if (data.what === "iframe-call-message") parent.postMessage({ fromFrame: data }, "*");
});
for (const action of ["call-machine-initialized", "loaded"])
  parent.postMessage({ what: "iframe-call-message", from: "embedded", action }, "*");
</script>`;

/** Answers for the page in the frame of `call`, in `room`. */
export function seatPrebuilt(room: FakeRoom, frame: HTMLIFrameElement): void {
  const handles = (
    globalThis as unknown as Record<
      symbol,
      { rooms: Map<string, { room: { join(who: object, tell: (event: Told, seat: Seat) => void): Seat } }> }
    >
  )[Symbol.for("tavus-echo.fake-room.1")];
  const handle = handles?.rooms.get(room.url);
  if (!handle) throw new Error("The fake room is not in this page.");
  let seat: Seat | undefined;
  const post = (action: string, fields: object = {}): void =>
    frame.contentWindow?.postMessage({ toFrame: { action, ...fields } }, "*");
  const shown = ({ sessionId, userId, userName }: Person, local: boolean): object => ({
    ...{ session_id: sessionId, user_id: userId, user_name: userName, local, joined_at: new Date() },
    ...{ audio: !local, video: !local, screen: false, permissions: {} },
    tracks: {
      audio: { state: local ? "off" : "playable" },
      video: { state: local ? "off" : "playable" },
      screenAudio: { state: "off" },
      screenVideo: { state: "off" },
    },
  });

  const tell = (event: Told, self: Seat): void => {
    if (event.type === "joined" && "others" in event) {
      const internal = { _maxAppMessageSize: event.maxMessageLength };
      post("access-state-updated", { access: { level: "full" } });
      post("joined-meeting", { participants: { local: shown(self.presence, true) }, internal });
      for (const other of event.others) post("participant-joined", { participant: shown(other, false) });
    } else if (event.type === "participant" && "presence" in event)
      post(`participant-${event.change}`, { participant: shown(event.presence, false) });
    else if (event.type === "message" && "data" in event)
      post("app-message", { data: event.data, fromId: event.fromId });
    else if (event.type === "left") post("left-meeting");
  };

  addEventListener("message", ({ data, source }: MessageEvent<{ fromFrame?: Message }>) => {
    const message = source === frame.contentWindow ? data.fromFrame : undefined;
    if (message?.from !== "module") return;
    if (message.action === "join-meeting") seat = handle.room.join({ userName: "Prebuilt" }, tell);
    else if (message.action === "leave-meeting") seat?.leave();
    else if (message.action === "app-msg") seat?.send(message.data, message.to);
    else if (message.callbackStamp) post(message.action ?? "", { callbackStamp: message.callbackStamp });
  });
}
