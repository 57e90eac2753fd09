import fs from 'node:fs';
import path from 'node:path';
import { ROOT } from './root';

export interface LockedPackage {
  readonly name: string;
  readonly version: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly hasInstallScript?: boolean;
}

export interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly allowScripts?: Readonly<Record<string, boolean>>;
}

interface LockFile {
  readonly packages: Readonly<Record<string, Omit<LockedPackage, 'name'> & { readonly link?: boolean }>>;
}

const INSTALLED = 'node_modules/';

/** Everything that `npm ci` fetches; the packages of this repository are links. */
export function lockedPackages(): LockedPackage[] {
  return Object.entries(readJson<LockFile>('package-lock.json').packages)
    .filter(([place, { link }]) => place.includes(INSTALLED) && !link)
    .map(([place, about]) => ({ ...about, name: place.slice(place.lastIndexOf(INSTALLED) + INSTALLED.length) }));
}

export function readManifest(directory = '.'): Manifest {
  return readJson<Manifest>(path.join(directory, 'package.json'));
}

/** Of two versions without pre-release parts, whether the first is at least the second. */
export function isAtLeast(version: string, floor: string): boolean {
  const [have, want] = [version, floor].map((text) => text.split('-')[0]?.split('.').map(Number) ?? []);
  for (let part = 0; part < 3; part++) {
    const difference = (have?.[part] ?? 0) - (want?.[part] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

function readJson<T>(file: string): T {
  return JSON.parse(fs.readFileSync(path.join(ROOT, file), 'utf8')) as T;
}
