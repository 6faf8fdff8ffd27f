import { build, builtHashes } from "../build.ts";
import { end } from "../lifetime.ts";

const built = await build();
if (built.ok) {
  const hashes = builtHashes();
  console.log(`Build   ${hashes.build}\nWorker  ${hashes.worker}`);
} else {
  console.error(`${built.output}\nThe build failed; the lines above say where.`);
}
await end(built.ok ? 0 : 1);
