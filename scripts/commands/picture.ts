import { end, run } from "../lifetime.ts";
import { rootPath } from "../root.ts";

const { code } = await run(process.execPath, [rootPath("test", "support", "readme-picture.ts")]);
await end(code);
