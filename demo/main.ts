import type { Turn } from "tavus-echo";
import { showFigures } from "./figures.js";
import { holdToTalk } from "./hold.js";
import { tell } from "./notices.js";
import { element } from "./page.js";
import { openEntrance } from "./room.js";
import { captionOutcome, speakAudio } from "./speech.js";
import { loadSynthesiser } from "./synth.js";
import { follow } from "./timeline.js";
import { Visit } from "./visit.js";

const button = (id: string): HTMLButtonElement => element(id, HTMLButtonElement);
const [enter, leave, hold, ask, speak, echo, interrupt] = [
  button("enter"),
  button("leave"),
  button("hold"),
  button("ask"),
  button("speak"),
  button("echo"),
  button("interrupt"),
] as const;
const status = element("status", HTMLElement);
const caption = element("caption", HTMLElement);
const join = element("join", HTMLFormElement);
const text = element("text", HTMLTextAreaElement);
const controls = element("controls", HTMLElement);

let visit: Visit | undefined;
/** A join, or a leave, is under way. */
let busy = false;
/** Turns that are not over: what there is to interrupt. */
const going = new Set<Turn>();

/** Makes every control what it can do now. A button that is switched off hands its focus on. */
function refresh(): void {
  const inside = visit !== undefined && !busy;
  const ready = inside && visit?.ready === true;
  const before = document.activeElement;
  leave.disabled = !inside;
  hold.disabled = !(ready && visit?.microphone === "open");
  ask.hidden = !(inside && visit?.microphone === "refused");
  speak.disabled = echo.disabled = !(ready && text.value.trim() !== "");
  interrupt.disabled = !(inside && going.size > 0);
  join.hidden = inside;
  enter.ariaDisabled = String(busy);
  enter.textContent = busy ? "Please wait" : "Join";
  if (before === controls || (before && before !== document.body && !usable(before))) focusFirst();
}

const usable = (target: Element): boolean =>
  target.isConnected && !target.closest("[hidden]") && !(target instanceof HTMLButtonElement && target.disabled);

/** What a person most likely wants next. */
function focusFirst(): void {
  // While the permission is asked for, the button to hold may come: the space bar must not press another one meanwhile.
  const next = visit?.microphone === "asked" ? [enter, hold] : [enter, hold, ask, speak];
  (next.find(usable) ?? controls).focus();
}

async function enterRoom(url: string): Promise<void> {
  if (busy) return;
  busy = true;
  status.textContent = "Joining…";
  refresh();
  let coming: Visit | undefined;
  try {
    loadSynthesiser();
    coming = new Visit(await openEntrance(url), {
      changed: () => {
        if (visit === coming && coming) status.textContent = coming.words;
        refresh();
      },
      problem: (problem) => tell(problem, focusFirst),
      ended: (reason) => {
        tell(`The call ended: ${reason ?? "it was left"}`, focusFirst);
        void leaveRoom();
      },
    });
    visit = coming;
    status.textContent = coming.words;
    await coming.join();
  } catch (error) {
    tell(error, focusFirst);
    await coming?.leave();
    visit = undefined;
    status.textContent = "Not in a room: joining failed";
  }
  busy = false;
  if (visit) status.textContent = visit.words;
  refresh();
}

async function leaveRoom(): Promise<void> {
  if (busy || !visit) return;
  busy = true;
  status.textContent = "Call ended";
  refresh();
  await visit.leave();
  visit = undefined;
  caption.textContent = "";
  busy = false;
  refresh();
}

/** Shows a turn from its beginning to its end. */
function show(turn: Turn): Turn {
  follow(turn);
  going.add(turn);
  refresh();
  void turn.outcome.then(() => {
    going.delete(turn);
    refresh();
  });
  void captionOutcome(turn);
  return turn;
}

join.addEventListener("submit", (event) => {
  event.preventDefault();
  void enterRoom(element("url", HTMLInputElement).value.trim());
});
leave.addEventListener("click", () => void leaveRoom());
ask.addEventListener("click", () => void visit?.askForMicrophone());
interrupt.addEventListener("click", () => {
  visit?.replica.interrupt();
  caption.textContent = "";
});
text.addEventListener("input", refresh);
element("say", HTMLFormElement).addEventListener("submit", (event) => {
  event.preventDefault();
  const words = text.value.trim();
  if (!visit?.ready || !words) return;
  const asText = event.submitter === echo;
  show(asText ? visit.replica.say(words) : speakAudio(visit.replica, words));
});

let talking: Turn | undefined;
holdToTalk(
  hold,
  () => {
    if (visit) talking = show(visit.replica.speak(visit.mic));
  },
  () => talking?.end(),
);
setInterval(() => {
  if (visit) showFigures(visit.replica.stats());
}, 250);
refresh();
