import type { Sending } from "../machine/participant.js";
import type { Newcomer } from "../room/admission.js";

/** What a call is made with, and joined with: those of daily-js' properties that matter here. Others are taken and change nothing. */
export interface CallProperties {
  readonly url?: string | undefined;
  readonly token?: string | undefined;
  readonly userName?: string | undefined;
  /** Daily's limit of 36 characters is not checked. */
  readonly userId?: string | undefined;
  /** false: no microphone, as echo mode wants it. */
  readonly audioSource?: unknown;
  readonly videoSource?: unknown;
  readonly startAudioOff?: boolean | undefined;
  readonly startVideoOff?: boolean | undefined;
  readonly [other: string]: unknown;
}

/** daily-js' `meetingState()`, in the order in which a call goes through them. */
export type MeetingState =
  | "new"
  | "loading"
  | "loaded"
  | "joining-meeting"
  | "joined-meeting"
  | "left-meeting"
  | "error";

/** What a call publishes: camera and microphone, unless it is told not to [certain]. */
export const publishes = (properties: CallProperties): Sending => ({
  audio: properties.audioSource !== false && properties.startAudioOff !== true,
  video: properties.videoSource !== false && properties.startVideoOff !== true,
});

/** Who joins. The token is the call's own, or the one in the URL, as Tavus documents it for private rooms [certain]. */
export function newcomerOf({ url, token, userName, userId }: CallProperties): Newcomer {
  const inUrl = new URLSearchParams(url?.split("?")[1] ?? "").get("t") ?? undefined;
  return {
    ...(userName !== undefined && { userName }),
    ...(userId !== undefined && { userId }),
    token: token ?? inUrl,
  };
}
