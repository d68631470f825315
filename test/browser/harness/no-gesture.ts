/** A page that nobody has touched: its AudioContexts are suspended, and a replica speaks in it all the same. */
import { createFakeRoom } from "tavus-echo/fake-room";

const room = await createFakeRoom();
const transport = room.transport();
const video = document.querySelector("video")!;
transport.attach!(video);
transport.send({
  message_type: "conversation",
  event_type: "conversation.echo",
  properties: { modality: "text", text: "aaaaaaaaaaaa", inference_id: "a" },
});

const canvas = document.createElement("canvas");
canvas.width = canvas.height = 100;
const picture = canvas.getContext("2d", { willReadFrequently: true })!;
const pictures = new Set<string>();
const end = performance.now() + 1500;
while (performance.now() < end) {
  picture.drawImage(video, 0, 0, 100, 100);
  pictures.add(canvas.toDataURL());
  await new Promise((resolve) => setTimeout(resolve, 50));
}
const [turn] = await room.turns();
console.log(
  JSON.stringify({
    context: new AudioContext().state,
    turn: turn && { outcome: turn.outcome, seconds: Math.round(turn.seconds), gaps: turn.gaps },
    pictures: pictures.size,
  }),
);
