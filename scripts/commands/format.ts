import { end, run } from "../lifetime.ts";

const { code } = await run("oxfmt", process.argv.slice(2));
await end(code);
