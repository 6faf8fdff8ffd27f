import { candidates } from "./classes/candidates.ts";
import { envelope } from "./classes/envelope.ts";
import { http } from "./classes/http.ts";
import { link } from "./classes/link.ts";
import { mls } from "./classes/mls.ts";
import { room } from "./classes/room.ts";
import { sdp } from "./classes/sdp.ts";
import { sframeFrames, sframeHeader } from "./classes/sframe.ts";
import { token } from "./classes/token.ts";
import { wire } from "./classes/wire.ts";
import type { FuzzClass } from "./fuzz-class.ts";

/** Every kind of input that comes from outside. */
export const FUZZ_CLASSES: readonly FuzzClass[] = [
  wire,
  link,
  sframeHeader,
  sframeFrames,
  envelope,
  mls,
  sdp,
  candidates,
  token,
  http,
  room,
];
