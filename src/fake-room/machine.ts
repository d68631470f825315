/**
 * The bundle that daily-js loads in place of Daily's call machine: a classic script that may run any number of times in
 * one page. It holds no room; it joins those that `createFakeRoom` made in the same page.
 */
import { takePendings } from "./machine/call-machine.js";

takePendings();
