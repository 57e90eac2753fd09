import fs from 'node:fs';
import type https from 'node:https';
import tls from 'node:tls';
import { Logger } from '@nestjs/common';
import type { Config } from '../../../config/environment';
import type { Disposable } from '../../kernel/disposables';
import { errorMessage, StartupError } from '../startup-error';

export type TlsFiles = NonNullable<Config['tls']>;

type TlsOptions = Pick<https.ServerOptions, 'cert' | 'key' | 'minVersion'>;

/** How often the files are looked at. Two looks have to agree, so that half-written files are left alone. */
const LOOK_MS = 1_000;

/**
 * The certificate of every port, read from files. A renewed one is taken over while the server runs: new connections get it, open ones
 * are not touched. Files that cannot be used change nothing, and are told about once.
 */
export class ServerCertificate implements Disposable {
  private readonly log = new Logger(ServerCertificate.name);
  private readonly servers = new Set<tls.Server>();
  private readonly timer: NodeJS.Timeout;
  /** The files as they were at the last look, and as they were when they were last read. */
  private seen: string;
  private tried: string;
  private current: TlsOptions;

  /** Throws a `StartupError`. */
  constructor(private readonly files: TlsFiles) {
    this.seen = this.tried = lookAt(files);
    this.current = read(files);
    this.timer = setInterval(() => this.look(), LOOK_MS).unref();
  }

  get options(): TlsOptions {
    return this.current;
  }

  /** Tells this server about every renewal. */
  follow(server: tls.Server): void {
    this.servers.add(server);
    server.once('close', () => this.servers.delete(server));
  }

  dispose(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    const now = lookAt(this.files);
    const isStable = now === this.seen;
    this.seen = now;
    if (!isStable || now === this.tried) return;
    this.tried = now;
    try {
      this.current = read(this.files);
      for (const server of this.servers) server.setSecureContext(this.current);
      this.log.log('The TLS certificate was renewed.');
    } catch (error) {
      this.log.error(`The old TLS certificate stays in use: ${errorMessage(error)}`);
    }
  }
}

function read({ certFile, keyFile }: TlsFiles): TlsOptions {
  const options = {
    cert: readFile('TLS_CERT_FILE', certFile),
    key: readFile('TLS_KEY_FILE', keyFile),
    minVersion: 'TLSv1.2',
  } as const;
  try {
    tls.createSecureContext(options);
  } catch (error) {
    throw new StartupError(
      `The certificate in TLS_CERT_FILE and the key in TLS_KEY_FILE cannot be used (${errorMessage(error)}); both have to be PEM and belong together.`,
      { cause: error },
    );
  }
  return options;
}

function readFile(variable: string, file: string): Buffer {
  try {
    return fs.readFileSync(file);
  } catch (error) {
    throw new StartupError(`${variable} cannot be read: ${errorMessage(error)}`, { cause: error });
  }
}

/** Changes with the content of the files, also when they are links that get another target. */
function lookAt({ certFile, keyFile }: TlsFiles): string {
  return [certFile, keyFile]
    .map((file) => fs.statSync(file, { throwIfNoEntry: false }))
    .map((stat) => (stat ? `${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeMs}` : 'absent'))
    .join(' ');
}
