import { plural } from "./plural.ts";

/** Texts of the security code's dialog, in English. They are loaded with it. */
export const enCode = {
  how: [
    "Read the six signs aloud to one another.",
    "If everybody sees the same ones, nobody is in between.",
  ],
  alone: "You are alone in this call. As soon as somebody joins there is a code to compare.",
  away: "The call is not connected right now. The code comes back with it.",
  waiting: (names: string): string => `Waiting for ${names}…`,
  silent: (names: string, count: number): string =>
    plural("en", count, {
      one: `${names} does not answer.`,
      other: `${names} do not answer.`,
    }),
  silentHint:
    "There is no code until they do. Ask them to load the page again, or to leave the call.",
  refused: (name: string): string =>
    `${name} sent a part that does not fit, so there is no code. Ask them to load the page again; if it stays like this, leave.`,
  ready: "The code is ready.",
  signs: "Six signs",
  digits: "The same as digits",
  match: "They match",
  mismatch: "They don’t match",
  again: "Compare again",
  leave: "Leave",
  matched: "They match. Everybody here is marked as verified on this device.",
  known: "You verified everybody here before, on this device.",
  mismatched: {
    title: "Somebody may be listening in.",
    text: "Say nothing private here, and leave. Make a new call, and send its link another way than this one.",
  },
  joined: (names: string): string => `${names} joined since you compared. Compare again.`,
  changed: (name: string): string =>
    `${name} is not on the device you verified. Compare the code before you trust them.`,
  remembered: (count: number): string =>
    plural("en", count, {
      one: "1 person is verified on this device.",
      other: `${count} people are verified on this device.`,
    }),
  forget: "Forget",
} as const;
