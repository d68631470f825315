import { createFakeRoom } from "/node_modules/tavus-echo/dist/fake-room.js";
import { audioNode, dailyTransport, microphone, Replica } from "/node_modules/tavus-echo/dist/index.js";
import { report } from "./scenario.js";

report({ Daily: window.Daily, createFakeRoom, echo: { Replica, audioNode, dailyTransport, microphone } });
