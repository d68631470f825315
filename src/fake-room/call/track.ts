/** What stands for a MediaStreamTrack where there is none, in Node and under jsdom: it is there, and has neither sound nor picture. */
export interface SilentTrack {
  readonly kind: "audio" | "video";
  readonly id: string;
  readonly label: string;
  readonly muted: boolean;
  enabled: boolean;
  readyState: "live" | "ended";
  stop(): void;
  clone(): SilentTrack;
  addEventListener(): void;
  removeEventListener(): void;
}

/** A live track of this kind. */
export function silentTrack(kind: SilentTrack["kind"], id: string): SilentTrack {
  const track: SilentTrack = {
    kind,
    id,
    label: "",
    muted: false,
    enabled: true,
    readyState: "live",
    stop() {
      track.readyState = "ended";
    },
    clone: () => silentTrack(kind, `${id}-clone`),
    addEventListener() {},
    removeEventListener() {},
  };
  return track;
}
