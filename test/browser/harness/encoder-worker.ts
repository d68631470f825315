/** A module worker with the built encoder: a job comes, what it found goes back. */
import * as encoder from "tavus-echo/encoder";
import { type EncoderJob, runEncoderJob } from "../../support/encoder-job.js";

addEventListener("message", async ({ data }: MessageEvent<EncoderJob>) => {
  try {
    postMessage({ found: await runEncoderJob(encoder, data) });
  } catch (error) {
    postMessage({ failed: String(error) });
  }
});
