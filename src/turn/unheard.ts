import { EchoError, messageOf } from "../errors.js";
import type { Warning } from "../warning.js";
import type { ActiveTurn } from "./active-turn.js";

/** What is said of evidence that is missing, or that contradicts itself. */
const doubts = {
  "heard-doubtful": [
    "All of the turn was sent, and what can be measured says that less was heard.",
    "None is needed if the replica is heard whole: what its events measure is then something else. Else check the network.",
  ],
  "heard-unconfirmed": [
    "Neither events nor the replica's sound can be observed in this call, so what was heard is an estimate.",
    "Check that the app receives the room's messages, and subscribes to the replica's audio.",
  ],
  "replica-silent": [
    "No event arrives, and the replica's sound stays silent while it should speak.",
    "Check that the persona is an echo persona, and that the app subscribes to the replica's audio.",
  ],
  "not-echo-persona": [
    "The replica speaks, and nothing that it was sent: the persona is probably no echo persona.",
    "Make the conversation with a persona whose pipeline_mode is echo.",
  ],
  "level-not-observed": [
    "The replica's audio level cannot be observed.",
    "None is needed: positions are estimates as long as no events arrive.",
  ],
} as const;

/** The warning for a doubt; `error`: why, where that is known. */
export function doubtWarning(code: keyof typeof doubts, error?: unknown): Warning {
  const [message, remedy] = doubts[code];
  return { code, message: error === undefined ? message : `${message.slice(0, -1)}: ${messageOf(error)}.`, remedy };
}

/** Why a turn failed of which something was lost. */
export function lossError(turn: ActiveTurn): EchoError {
  const { seconds } = turn.position;
  return seconds > 0
    ? new EchoError(
        "audio-lost",
        `${turn.lostSeconds.toFixed(2)} of ${turn.sentSeconds.toFixed(2)} s that were sent were not heard.`,
      )
    : new EchoError(
        "not-heard",
        `Nothing confirms that any of the ${turn.sentSeconds.toFixed(2)} s that were sent was heard.`,
      );
}
