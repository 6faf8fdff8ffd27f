import { checkLayers } from "../layers.ts";
import { end } from "../lifetime.ts";

const { modules, breaches } = await checkLayers();
for (const breach of breaches) console.error(breach);
// A checker that saw nothing would agree with everything.
if (modules === 0) console.error("No module was looked at.");
console.log(`${modules} modules, ${breaches.length} breaches of the layers`);
await end(modules > 0 && breaches.length === 0 ? 0 : 1);
