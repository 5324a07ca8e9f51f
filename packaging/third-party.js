// Writes the names and license texts of all that is built into the two programs, as Markdown:
//
//   node packaging/third-party.js FILE
//
// What Cargo links is asked of Cargo, what Vite bundles is asked of Vite, so that nothing is
// listed that is not there. Texts are taken from the packages themselves; a text that several
// share stands once.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { build } from '../ui/node_modules/vite/dist/node/index.js';

const PROGRAMS = ['-p', 'hearth-desktop', '-p', 'hearth'];
const LICENSE_FILE = /^(un)?licen[cs]e|^copying|^copyright|^notice/i;

function cargo(...args) {
  return execFileSync('cargo', args, { encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 });
}

/** The packages of others that are linked into the programs, by name and version. */
function linked() {
  const lines = cargo('tree', '--locked', ...PROGRAMS, '--edges=normal,no-proc-macro', '--prefix=none', '--format={p}');
  const names = new Set(lines.split('\n').map((line) => line.replace(/ \(\*\)$/, '')));
  const { packages } = JSON.parse(cargo('metadata', '--locked', '--format-version=1'));
  return packages
    .filter((found) => found.source !== null && names.has(`${found.name} v${found.version}`))
    .sort((a, b) => (`${a.name} ${a.version}` < `${b.name} ${b.version}` ? -1 : 1));
}

/** The license texts that lie in a package's own folder. */
function texts(found) {
  const folder = dirname(found.manifest_path);
  const files = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && LICENSE_FILE.test(entry.name))
    .map((entry) => entry.name)
    .sort();
  const named = found.license_file ? [found.license_file] : [];
  return [...new Set([...named, ...files])].map((file) => readFileSync(join(folder, file), 'utf8').trim());
}

function rustPart() {
  const packages = linked();
  const sharers = new Map();
  const bare = [];
  for (const found of packages) {
    const name = `${found.name} ${found.version} (${found.license ?? 'see its text'})`;
    const own = texts(found);
    if (own.length === 0) bare.push(`${name}, ${found.repository ?? 'no address'}, ${found.authors.join(', ')}`);
    for (const text of own) sharers.set(text, [...(sharers.get(text) ?? []), name]);
  }
  const list = (names) => names.map((name) => `- ${name}`).join('\n');
  const quoted = (text) => text.replace(/^/gm, '    ').replace(/[ \t]+$/gm, '');
  const shared = [...sharers].map(([text, names]) => `### Of\n\n${list(names)}\n\n${quoted(text)}`);
  return [
    `## Rust packages\n\n${packages.length} are linked into the programs.`,
    ...shared,
    `### Without a text of their own\n\nThese name their license and leave it at that:\n\n${list(bare)}`,
  ].join('\n\n');
}

/** What the page is made of, as Vite lists it while it bundles. */
async function pagePart() {
  const folder = mkdtempSync(join(tmpdir(), 'hearth-third-party-'));
  try {
    const root = join(import.meta.dirname, '..', 'ui');
    process.chdir(root);
    await build({ root, logLevel: 'error', build: { license: { fileName: 'license.md' }, outDir: folder, emptyOutDir: true } });
    const listed = readFileSync(join(folder, 'license.md'), 'utf8');
    // Vite's own heading gives way to ours, and its sections move down by one.
    return `## The page\n\n${listed.replace(/^# .*\n+/, '').replace(/^## /gm, '### ')}`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const [name] = process.argv.slice(2);
if (!name) throw new Error('usage: node packaging/third-party.js FILE');
// Cargo and Vite are asked from folders of their own.
const file = resolve(name);
process.chdir(join(import.meta.dirname, '..'));
const head = '# What Hearth is built from\n\nEach of these is the work of its own authors, under its own license.';
const rust = rustPart();
writeFileSync(file, `${head}\n\n${rust}\n\n${(await pagePart()).trim()}\n`);
