/**
 * `npm run lock`: makes the lock file one that `npm ci` takes everywhere. Run it after any `npm install`.
 *
 * - A registry may lack some packages of other platforms. npm then leaves them out of the lock but still names them as
 *   optional dependencies of their parents, and `npm ci` refuses a lock that names what it has no entry for.
 * - Addresses of a registry do not belong in the lock: whoever installs has their own.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

type LockedPackage = { optionalDependencies?: Record<string, string>; resolved?: string };

const path = join(import.meta.dirname, '../package-lock.json');
const lock = JSON.parse(readFileSync(path, 'utf8')) as { packages: Record<string, LockedPackage> };

let dropped = 0;
for (const [place, entry] of Object.entries(lock.packages)) {
  if (entry.resolved?.startsWith('http')) delete entry.resolved;
  const optional = entry.optionalDependencies;
  if (!optional) continue;
  for (const name of Object.keys(optional)) {
    if (isLocked(place, name)) continue;
    delete optional[name];
    dropped += 1;
  }
  if (Object.keys(optional).length === 0) delete entry.optionalDependencies;
}
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`package-lock.json: ${dropped} optional packages dropped that are locked nowhere`);

/** Whether a package has an entry where node would find it from that place. */
function isLocked(place: string, name: string): boolean {
  for (let from = place; ; from = from.slice(0, Math.max(0, from.lastIndexOf('/node_modules/')))) {
    if (lock.packages[`${from}${from ? '/' : ''}node_modules/${name}`]) return true;
    if (!from) return false;
  }
}
