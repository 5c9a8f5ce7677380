// Build dist/: one page, one script, one style sheet. The same sources give the same bytes.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

import { build } from "esbuild";

import { generate } from "./generate.mjs";

const web = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const target = join(web, "dist");

generate();
rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
await build({
  absWorkingDir: web,
  entryPoints: { scoreboard: "src/main.ts" },
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2022", "safari16.4", "chrome111", "firefox115"],
  charset: "utf8",
  legalComments: "none",
  outdir: target,
  logLevel: "warning",
});
await build({
  absWorkingDir: web,
  entryPoints: { scoreboard: "src/style.css" },
  bundle: true,
  minify: true,
  target: ["safari16.4", "chrome111", "firefox115"],
  charset: "utf8",
  outdir: target,
  logLevel: "warning",
});
for (const name of ["index.html", "icon.svg"]) copyFileSync(join(web, "src", name), join(target, name));

let total = 0;
for (const name of readdirSync(target).sort()) {
  const bytes = readFileSync(join(target, name));
  const packed = gzipSync(bytes, { level: 9 }).length;
  total += packed;
  console.log(`dist/${name}: ${bytes.length} bytes, ${packed} with gzip`);
}
console.log(`together ${(total / 1024).toFixed(1)} KB with gzip`);
