import { end, run } from "../lifetime.ts";
import { rootPath } from "../root.ts";

const { code } = await run(process.execPath, [
  // The sealing package as its sources, as the tests take it.
  "--conditions=source",
  rootPath("bench", "fuzz.ts"),
  ...process.argv.slice(2),
]);
await end(code);
