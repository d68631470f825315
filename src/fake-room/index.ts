/// <reference path="./call-machine.d.ts" />
import callMachine from "virtual:call-machine";
import { type FakeRoom, openRoom } from "./fake-room.js";
import { checkRoomOptions, type FakeRoomOptions } from "./options.js";

export type { FakeCall } from "./call/call.js";
export type { CallEvent } from "./call/call-events.js";
export type { CallProperties, MeetingState } from "./call/call-properties.js";
export type { FakeRoom, Participant } from "./fake-room.js";
export type { HeardTogether } from "./heard-turn.js";
export type { FakeRoomOptions, HeardTurn } from "./options.js";
export type { ReplicaModel } from "./replica/model.js";
export { type EmittedEvent, type TavusRole, tavusEvents } from "./replica/tavus-events.js";
export type { SpeechPiece } from "./replica/voice.js";
export { compareSamples, type SampleComparison } from "./report/compare-samples.js";
export { fakeRoomMatchers, type Heard, type HearingTolerance } from "./report/matchers.js";
export type { FatalErrorType } from "./room/fatal-error.js";
export type { Faults } from "./room/faults.js";
export type { RefusedMessage, RoomMessage } from "./room/message.js";

/**
 * Makes a room. It runs in a page under the real daily-js, and in Node through `transport()`.
 *
 * @throws TypeError for an option, fault or setting of the model that does not exist or has a value of a wrong type;
 * RangeError for a number out of range.
 */
export async function createFakeRoom(options: FakeRoomOptions = {}): Promise<FakeRoom> {
  checkRoomOptions("createFakeRoom()", options);
  const { machineUrl } = options;
  let blobUrl: string | undefined;
  return openRoom(options, {
    dailyConfig() {
      // `callObjectBundleUrlOverride` is the one way in that 0.87 and 0.92 both have; 0.92 logs that it is deprecated.
      if (machineUrl !== undefined) return { callObjectBundleUrlOverride: String(machineUrl), avoidEval: true };
      blobUrl ??= URL.createObjectURL(new Blob([callMachine], { type: "text/javascript" }));
      return { callObjectBundleUrlOverride: blobUrl };
    },
    close() {
      if (blobUrl !== undefined) URL.revokeObjectURL(blobUrl);
    },
  });
}
