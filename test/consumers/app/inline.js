import Daily from "@daily-co/daily-js";
import { createFakeRoom } from "tavus-echo/fake-room";
import { audioNode, dailyTransport, microphone, Replica } from "tavus-echo/inline";
import { report } from "./scenario.js";

report({ Daily, createFakeRoom, echo: { Replica, audioNode, dailyTransport, microphone } });
