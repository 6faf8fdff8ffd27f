import { build } from "../build.ts";
import { end } from "../lifetime.ts";

const built = await build();
if (!built.ok) console.error(`${built.output}\nThe build failed; the lines above say where.`);
await end(built.ok ? 0 : 1);
