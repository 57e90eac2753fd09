/** What the CLI puts before its title: circles that turn while it works, a star while it does not. */
const WORKING = /^[\u25d0-\u25d3]/u;
const IDLE = /^\u2733/u;

/** Undefined: not a title of the CLI, or of one that says nothing. */
export function glyphOf(title: string): 'working' | 'idle' | undefined {
  if (WORKING.test(title)) return 'working';
  return IDLE.test(title) ? 'idle' : undefined;
}
