import Daily from "@daily-co/daily-js";
import { audioNode, dailyTransport, microphone, Replica } from "tavus-echo";
import { createFakeRoom } from "tavus-echo/fake-room";
import { report } from "./scenario.js";

report({ Daily, createFakeRoom, echo: { Replica, audioNode, dailyTransport, microphone } });
