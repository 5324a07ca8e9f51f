// What the window loads before its first frame, gzipped: at most 200 KB of script and style, fonts aside.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const LIMIT_KB = 200;
const dist = new URL('../dist/', import.meta.url);
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist), 'utf8'));

/** A chunk's own file, its styles, and those of everything that it imports statically. */
function filesOf(key, seen = new Set()) {
  if (seen.has(key)) return [];
  seen.add(key);
  const chunk = manifest[key];
  return [chunk.file, ...(chunk.css ?? []), ...(chunk.imports ?? []).flatMap((next) => filesOf(next, seen))];
}

const kb = (bytes) => bytes / 1024;
const sizes = [...new Set(filesOf('index.html'))].map((file) => ({
  file,
  size: kb(gzipSync(readFileSync(new URL(file, dist))).length),
}));
const total = sizes.reduce((sum, { size }) => sum + size, 0);

for (const { file, size } of sizes) console.log(`${size.toFixed(1).padStart(8)} KB  ${file}`);
console.log(`${total.toFixed(1).padStart(8)} KB  in all, of ${LIMIT_KB} KB`);
if (total > LIMIT_KB) {
  console.error('More is loaded at start than the budget allows.');
  process.exit(1);
}
