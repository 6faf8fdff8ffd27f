import { readFileSync } from "node:fs";

/** Of all processors of the machine since it started, in ticks. */
export function readProcessorTimes(): { readonly used: number; readonly all: number } {
  const [line = ""] = readFileSync("/proc/stat", "utf8").split("\n");
  const [
    user = 0,
    nice = 0,
    system = 0,
    idle = 0,
    waiting = 0,
    interrupts = 0,
    softInterrupts = 0,
    stolen = 0,
  ] = line.trim().split(/\s+/).slice(1).map(Number);
  const used = user + nice + system + interrupts + softInterrupts + stolen;
  return { used, all: used + idle + waiting };
}
