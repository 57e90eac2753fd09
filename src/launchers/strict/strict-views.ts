import fs from 'node:fs';
import type { LaunchProfile } from '../../launch-profiles/launch-profile';
import { BoundedMap } from '../../infrastructure/cache/bounded-map';
import { type StrictView, strictView } from './strict-view';

type Viewed = Pick<LaunchProfile, 'program' | 'binaries' | 'network'>;

/** As many as there can be profiles. */
const MAX_VIEWS = 100;
const LIBRARY_CACHE = '/etc/ld.so.cache';

/** Strict views, made again when a file they consist of is another one: looking at a hundred files takes half a millisecond, reading them fifty. */
export class StrictViews {
  private readonly made = new BoundedMap<string, { readonly stamp: string; readonly view: StrictView }>(MAX_VIEWS);

  of(profile: Viewed): StrictView | { readonly problems: readonly string[] } {
    const key = JSON.stringify([profile.program, profile.binaries, profile.network]);
    const known = this.made.get(key);
    if (known && known.stamp === stampOf(profile, known.view)) return known.view;
    const view = strictView(profile);
    if ('problems' in view) this.made.delete(key);
    else this.made.set(key, { view, stamp: stampOf(profile, view) });
    return view;
  }
}

function stampOf({ program, binaries }: Viewed, { files }: StrictView): string {
  return [program, ...binaries, ...files, LIBRARY_CACHE].map(identityOf).join();
}

/** Of what a name leads to now. */
function identityOf(file: string): string {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  return stat ? `${stat.dev}:${stat.ino}:${stat.mtimeMs}` : '';
}
