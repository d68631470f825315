/** Audio libraries that people use beside this one, for the tests of docs/sources.md. */
import { MediaRecorder, register } from "extendable-media-recorder";
import { connect } from "extendable-media-recorder-wav-encoder";
import { Howl, Howler } from "howler";
import * as RecordRTC from "recordrtc";
import * as Tone from "tone";
import WaveSurfer from "wavesurfer.js";

const libraries = {
  Howl,
  Howler,
  RecordRTC,
  Tone,
  WaveSurfer,
  /** The recorder of extendable-media-recorder, with the encoder for WAV. */
  wavRecorder: async (stream: MediaStream) => {
    await register(await connect());
    return new MediaRecorder(stream, { mimeType: "audio/wav" });
  },
};

declare global {
  interface Window {
    libraries: typeof libraries;
  }
}

window.libraries = libraries;
