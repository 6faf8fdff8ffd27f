import { build } from "../build.ts";
import { end, run } from "../lifetime.ts";
import { rootPath } from "../root.ts";

const built = await build();
if (!built.ok) {
  console.error(`${built.output}\nThe build failed; the lines above say where.`);
  await end(1);
}
const { code } = await run(process.execPath, [
  rootPath("bench", "main.ts"),
  ...process.argv.slice(2),
]);
await end(code);
