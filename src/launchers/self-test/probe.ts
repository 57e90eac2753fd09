/** Begins the one line that the probe says. */
const HEADLINE = 'holdfast-probe';

/**
 * What a confined shell finds, said by itself: run in place of the shell, with the same launch. Plain sh, so that it runs wherever a
 * shell does. $1 is a directory that only the server may look into.
 */
const SCRIPT = `
say() { printf ' %s' "$1=$2"; }
printf '${HEADLINE}'
fds=; for f in /proc/$$/fd/*; do [ -L "$f" ] && fds="$fds,\${f##*/}"; done; say fds "\${fds#,}"
while read -r key value rest; do
  case $key in
    Uid:) say uid "$value" ;;
    Groups:) say groups "$value\${rest:+,more}" ;;
    CapEff:) say capabilities "$value" ;;
    NoNewPrivs:) say nnp "$value" ;;
    Seccomp:) say seccomp "$value" ;;
  esac
done < /proc/$$/status
for ns in pid mnt ipc uts user net; do say "ns-$ns" "$(readlink /proc/$$/ns/$ns)"; done
try() { if ( : > "$2/.holdfast-probe" ) 2>/dev/null; then rm -f "$2/.holdfast-probe"; say "$1" written; else say "$1" refused; fi; }
try root ''; try usr /usr; try dev /dev; try workspace .; try home "$HOME"; try tmp /tmp
if ( ls "$1" ) >/dev/null 2>&1; then say server seen; else say server hidden; fi
if ( : < /dev/tty ) 2>/dev/null; then say tty kept; else say tty lost; fi
printf '\\n'
`;

export type ProbeFindings = Readonly<Record<string, string>>;

/** Program and arguments of the probe; `secret` is a directory nobody but the server may look into. */
export function probe(secret: string): { readonly program: string; readonly args: readonly string[] } {
  return { program: '/bin/sh', args: ['-c', SCRIPT, HEADLINE, secret] };
}

/** Undefined where the probe did not come to its end. */
export function readProbe(output: string): ProbeFindings | undefined {
  const line = new RegExp(`${HEADLINE} ([^\\r\\n]*)\\r?\\n`).exec(output)?.[1];
  if (line === undefined) return undefined;
  return Object.fromEntries(
    line.split(' ').map((word) => {
      const at = word.indexOf('=');
      return [word.slice(0, at), word.slice(at + 1)];
    }),
  );
}
