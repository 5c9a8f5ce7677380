// Check the types, bundle each test for this Node, run them all.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

import { generate } from "./generate.mjs";

const web = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const scratch = mkdtempSync(join(tmpdir(), "scoreline-web-"));

function run(program, argv, extra = {}) {
  return spawnSync(program, argv, { stdio: "inherit", cwd: web, ...extra }).status ?? 1;
}

let status = 1;
try {
  generate();
  const tests = readdirSync(join(web, "tests")).filter((name) => name.endsWith(".test.ts")).sort();
  await build({
    absWorkingDir: web,
    entryPoints: tests.map((name) => `tests/${name}`),
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    outdir: scratch,
    outExtension: { ".js": ".mjs" },
    sourcemap: "inline",
    logLevel: "warning",
  });
  const tsc = join(web, "node_modules/.bin/tsc");
  status = run(tsc, ["--noEmit"]) || run(tsc, ["--noEmit", "-p", "tests"]);
  if (status === 0) {
    const vectors = resolve(web, "../../tests/conformance");
    const files = readdirSync(scratch).map((name) => join(scratch, name));
    status = run(process.execPath, ["--enable-source-maps", "--test", ...files], {
      env: { ...process.env, SCORELINE_VECTORS: vectors },
    });
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
process.exit(status);
