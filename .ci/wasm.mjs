// Runs pytest on the CPython of Pyodide, which is WebAssembly, in as many processes as are asked for.
//   node wasm.mjs ENVIRONMENT PROCESSES [arguments of pytest]
// Where files or folders are among the arguments, only these are run, in one process.
import { fork } from "node:child_process";
import { existsSync, globSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [environment, processes, ...given] = process.argv.slice(2);
const tree = process.cwd();

// Stacks for what is nested as deep as Python allows; and a way to wait inside of
// Python for what the loop of node does, on which asyncio rests there.
const flags = ["--experimental-wasm-jspi", "--stack-size=7000", "--wasm-stack-switching-stack-size=64000"];

if (process.send === undefined) {
  process.exit(await inShares());
} else {
  process.exit(await share());
}

// Deal the files out, the largest first, and wait for all that run them.
async function inShares() {
  const patterns = ["tests/**/test_*.py", "docs/**/*.md", "README.md", "examples/packages/README.md"];
  const files = globSync(patterns).sort((a, b) => statSync(b).size - statSync(a).size);
  const named = given.some((one) => existsSync(one.split("::")[0]));
  const shares = Array.from({ length: named ? 1 : Number(processes) }, () => []);
  if (!named) files.forEach((file, number) => shares[number % shares.length].push(file));
  const ends = shares.map((own) => {
    const child = fork(import.meta.filename, [environment, "1", ...given, ...own], { execArgv: flags });
    return new Promise((done) => child.on("exit", (code) => done(code ?? 1)));
  });
  return Math.max(...(await Promise.all(ends)));
}

// Run one share, with the packages of the environment and the tree where they are.
async function share() {
  const home = resolve(environment, "node_modules/pyodide/pyodide.mjs");
  const { loadPyodide } = await import(pathToFileURL(home));
  const python = await loadPyodide({ env: { HOME: "/tmp", LANG: "C.UTF-8" } });
  for (const [kind, out] of [["setStdout", process.stdout], ["setStderr", process.stderr]]) {
    python[kind]({ write: (bytes) => (out.write(bytes.slice()), bytes.length) });
  }
  const mount = (root, place) => {
    python.FS.mkdirTree(place);
    python.FS.mount(python.FS.filesystems.NODEFS, { root }, place);
  };
  mount(tree, "/tree");
  mount(resolve(environment, "site"), python.runPython("import sysconfig; sysconfig.get_path('purelib')"));
  const run = python.runPython(`
import os, sys
sys.dont_write_bytecode = True
os.chdir("/tree")

def run(arguments):
    import pytest
    return int(pytest.main([*arguments]))
run`);
  return run.callPromising(python.toPy(given));
}
