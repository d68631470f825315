/**
 * A small app as users write them, which knows nothing of fake rooms: it joins the conversation that its server gave it
 * and says half a second of a tone.
 */
import Daily from "@daily-co/daily-js";

const url = "https://tavus.daily.co/c0123456789abcdef";
const button = (id: string): HTMLButtonElement => document.querySelector<HTMLButtonElement>(`#${id}`)!;
const state = document.querySelector("#state")!;
const face = document.querySelector<HTMLVideoElement>("#face")!;
const avoidEval = new URLSearchParams(location.search).has("avoidEval");

const call = Daily.createCallObject({ audioSource: false, videoSource: false, dailyConfig: { avoidEval } });
call.on("participant-joined", ({ participant }) => {
  if (participant.user_id.includes("tavus-replica")) button("hello").disabled = false;
});
call.on("track-started", ({ track, participant }) => {
  if (participant?.local || track.kind !== "video") return;
  face.srcObject = new MediaStream([track]);
});
call.on("app-message", ({ data }) => {
  if (data.event_type === "conversation.replica.started_speaking") state.textContent = "Speaking";
  if (data.event_type === "conversation.replica.stopped_speaking") state.textContent = "Listening";
});
call.on("error", ({ errorMsg }) => {
  state.textContent = errorMsg;
});

button("join").onclick = async () => {
  await call.join({ url });
  state.textContent = "Connected";
};
button("hello").onclick = () => {
  const tone = Int16Array.from({ length: 12_000 }, (_, n) =>
    Math.round(9000 * Math.sin((2 * Math.PI * 440 * n) / 24_000)),
  );
  const inference_id = crypto.randomUUID();
  for (let at = 0; at < tone.length; at += 1200) {
    const bytes = new Uint8Array(tone.slice(at, at + 1200).buffer);
    call.sendAppMessage({
      message_type: "conversation",
      event_type: "conversation.echo",
      conversation_id: "c0123456789abcdef",
      properties: {
        modality: "audio",
        audio: btoa(String.fromCharCode(...bytes)),
        sample_rate: 24_000,
        inference_id,
        done: at + 1200 >= tone.length,
      },
    });
  }
};
