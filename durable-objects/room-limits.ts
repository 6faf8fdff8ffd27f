import * as v from "valibot";
import { LIMITS } from "../protocol/limits.ts";
import type { RoomLimits } from "./room/state.ts";

const limit = v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(1)));
const overridesSchema = v.strictObject(
  Object.fromEntries(Object.keys(LIMITS).map((name) => [name, limit])),
);

/**
 * The limits of this deployment: `LIMITS`, and over them the JSON object of the variable `ROOM_LIMITS`.
 *
 * Throws for JSON that names no limit, or no whole number above zero: a deployment that says something wrong
 * of its limits must not run without them.
 */
export function readRoomLimits(variable: string | undefined): RoomLimits {
  if (variable === undefined || variable.trim() === "") return LIMITS;
  const given: unknown = JSON.parse(variable);
  const overrides = v.safeParse(overridesSchema, given);
  if (!overrides.success || Array.isArray(given)) {
    throw new TypeError("ROOM_LIMITS: expected a JSON object of limits and whole numbers");
  }
  return { ...LIMITS, ...overrides.output };
}
