import { cruise, type ICruiseResult } from "dependency-cruiser";
import configuration from "../.dependency-cruiser.mjs";
import { rootPath } from "./root.ts";

/** Packages of network and cryptography: one file of ours imports each, so one file vouches for it. */
const singleImporter = ["jose", "partyserver", "ts-mls"];

const areas = [
  "protocol",
  "webcrypto-sframe",
  "workers",
  "durable-objects",
  "web",
  "test",
  "bench",
];

/** Every breach of the layers under `root`, as sentences, and how many modules were looked at. */
export async function checkLayers(
  root: string = rootPath(),
): Promise<{ modules: number; breaches: string[] }> {
  const { output } = await cruise(areas, {
    ...configuration.options,
    ruleSet: { forbidden: configuration.forbidden ?? [] },
    validate: true,
    baseDir: root,
  });
  if (typeof output === "string") throw new Error("dependency-cruiser answered with text");
  const own = output.modules.filter(
    ({ source, coreModule }) => !source.includes("node_modules") && !coreModule,
  );
  const breaches = output.summary.violations.map(
    ({ rule, from, to }) => `${rule.name}: ${from} → ${to}`,
  );
  return { modules: own.length, breaches: [...breaches, ...sharedPackages(own)] };
}

function sharedPackages(modules: ICruiseResult["modules"]): string[] {
  return singleImporter.flatMap((name) => {
    const importers = modules
      .filter(({ source }) => !/^(test|bench)\//.test(source))
      .filter(({ dependencies }) =>
        dependencies.some(({ resolved }) => resolved.includes(`node_modules/${name}/`)),
      )
      .map(({ source }) => source);
    return importers.length > 1 ? [`one-importer: ${name} ← ${importers.join(", ")}`] : [];
  });
}
