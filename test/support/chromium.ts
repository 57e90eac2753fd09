import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { chromium, type Browser } from 'playwright-core';
import { ROOT } from './root';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Without these it asks the network for updates and variations at every start. */
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Where a rootless installation is unpacked; kept between runs. */
const CACHE = path.join(ROOT, 'data/chromium');

/** A headless Chromium with an empty profile. Installs one when the machine has none. */
export async function launchChromium(): Promise<Browser> {
  const { executablePath, env } = findChromium() ?? installChromium();
  return chromium.launch({ executablePath, args: FLAGS, env: { ...processEnv(), ...env } });
}

interface Found {
  readonly executablePath: string;
  readonly env?: Record<string, string>;
}

function findChromium(): Found | undefined {
  const named = process.env.CHROMIUM_BIN;
  if (named) return { executablePath: named };
  for (const directory of (process.env.PATH ?? '').split(path.delimiter)) {
    for (const name of NAMES) {
      const executablePath = path.join(directory, name);
      if (fs.existsSync(executablePath)) return { executablePath };
    }
  }
  return unpacked();
}

function installChromium(): Found {
  if (!fs.existsSync('/usr/bin/apt-get')) {
    throw new Error('The browser tests need Chromium. Install it, or name one with CHROMIUM_BIN=/path/to/chromium.');
  }
  console.log('Installing Chromium for the browser tests (a minute, once) …');
  try {
    if (process.getuid?.() === 0) {
      apt('update', '-qq');
      apt('install', '-y', '-qq', '--no-install-recommends', 'chromium', 'fonts-dejavu-core');
    } else unpackWithoutRoot();
  } catch (error) {
    throw new Error('Chromium could not be installed. Install it, or name one with CHROMIUM_BIN.', { cause: error });
  }
  const found = findChromium();
  if (!found) throw new Error('Chromium was installed but is not to be found. Name it with CHROMIUM_BIN.');
  return found;
}

function apt(...args: string[]): void {
  execFileSync('apt-get', args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...processEnv(), DEBIAN_FRONTEND: 'noninteractive' },
  });
}

/** Downloads the packages that an installation would add, and unpacks them into our own directory. */
function unpackWithoutRoot(): void {
  const archives = path.join(CACHE, 'archives');
  fs.mkdirSync(path.join(archives, 'partial'), { recursive: true });
  const plan = execFileSync(
    'apt-get',
    ['install', '--print-uris', '-qq', '-y', '--no-install-recommends', 'chromium'],
    { encoding: 'utf8' },
  );
  const packages = [...plan.matchAll(/^'[^']+' ([^_ ]+)_/gm)].map((match) => match[1] as string);
  execFileSync('apt-get', ['download', '-qq', ...packages], { cwd: archives, stdio: ['ignore', 'ignore', 'inherit'] });
  for (const file of fs.readdirSync(archives).filter((name) => name.endsWith('.deb'))) {
    execFileSync('dpkg', ['-x', path.join(archives, file), path.join(CACHE, 'root')]);
  }
  fs.rmSync(archives, { recursive: true, force: true });
}

function unpacked(): Found | undefined {
  const root = path.join(CACHE, 'root');
  const executablePath = path.join(root, 'usr/lib/chromium/chromium');
  if (!fs.existsSync(executablePath)) return undefined;
  const libraries = fs.readdirSync(path.join(root, 'usr/lib')).find((name) => name.endsWith('-linux-gnu')) ?? '';
  const directories = [`usr/lib/${libraries}`, `usr/lib/${libraries}/pulseaudio`, `lib/${libraries}`].map((each) =>
    path.join(root, each),
  );
  return { executablePath, env: { LD_LIBRARY_PATH: directories.join(':') } };
}

function processEnv(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
