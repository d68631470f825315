// What a processor costs that does nothing.
registerProcessor(
  "empty",
  class extends AudioWorkletProcessor {
    process() {
      return true;
    }
  },
);
