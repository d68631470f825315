/** What test/unit/fake-room/jsdom.test.ts puts into a bare window. */
export { createFakeRoom, fakeRoomMatchers } from "../../src/fake-room/index.js";
export { VirtualClock } from "../../src/flow/virtual-clock.js";
