// Write generated/ from the protos: the frames, the state and what they refer to; the rest stays out of the page.
//
// buf comes from the project's virtual environment (a PyPI wheel) or from the PATH; protoc-gen-es from node_modules.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const web = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const root = resolve(web, "../..");
// What goes over the wire to the page; buf adds what these refer to and leaves the rest of each file out.
const TYPES = ["ServerFrame", "ClientFrame", "ScoreState"];

export function generate() {
  const target = join(web, "generated");
  const plugin = join(web, "node_modules/.bin/protoc-gen-es");
  const template = {
    version: "v2",
    plugins: [{ local: plugin, out: target, opt: ["target=ts", "import_extension=ts"] }],
  };
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  const types = TYPES.flatMap((name) => ["--type", `scoreline.v1.${name}`]);
  const run = spawnSync(buf(), ["generate", join(root, "proto"), "--template", JSON.stringify(template), ...types], {
    stdio: ["ignore", "inherit", "inherit"],
    cwd: root,
  });
  if (run.error || run.status !== 0) {
    console.error(`could not generate from the protos${run.error ? `: ${run.error.message}` : ""}`);
    console.error("buf is needed: pip install buf-bin (make puts it into .venv), or name it with BUF=/path/to/buf");
    process.exit(1);
  }
}

function buf() {
  const own = join(root, ".venv/bin/buf");
  return process.env.BUF ?? (existsSync(own) ? own : "buf");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) generate();
