# The 26 probes of facts/security.md §3.2, from inside a terminal: sh attack.sh DIRECTORY. The directory holds this file, `probe`
# and `facts`: what an attacker has found out about the server. Each probe says one line: "LEAK name" or "ok name".
cd "$1" || exit 2
. ./facts

verdict() { # NAME, and the exit code of the attempt before
  if [ "$2" -eq 0 ]; then echo "LEAK $1"; else echo "ok $1"; fi
}
any_server() { # a command that gets a pid: whether it works for any process of the server
  for pid in $SERVERS; do "$@" "$pid" && return 0; done
  return 1
}
environment() { tr '\0' '\n' < "/proc/$1/environ" | grep -q "$MARK"; }
command_line() { tr '\0' ' ' < "/proc/$1/cmdline" | grep -q main.js; }
through_cwd() { grep -q "$MARK" "/proc/$1/cwd/.env"; }
descriptors() { for fd in "/proc/$1/fd/"*; do [ -r "$fd" ] && return 0; done; return 1; }
memory() { ./probe memory "$1" "$MARK"; }
inspector() { kill -USR1 "$1" && sleep 0.3 && ./probe tcp 9229; }
other_ptys() {
  mine=$(tty)
  for pty in /dev/pts/[0-9]*; do [ "$pty" != "$mine" ] && [ -w "$pty" ] && return 0; done
  return 1
}

attack() {
  env | grep -q "$MARK"; verdict env-inherited $?
  any_server environment; verdict proc-environ $?
  any_server command_line; verdict proc-cmdline $?
  grep -q "$MARK" "$DATA_DIR/.env"; verdict dotenv-file $?
  any_server through_cwd; verdict dotenv-via-proc-cwd $?
  any_server descriptors; verdict reopen-server-fd $?
  ./probe unix "$HOST_SOCKET"; verdict host-socket $?
  ./probe tcp "$API_PORT"; verdict loopback-api $?
  ./probe tcp "$REDIS_PORT"; verdict redis-loopback $?
  ./probe unix "$PG_SOCKET"; verdict pg-unix-socket $?
  ./probe tcp "$PG_PORT"; verdict pg-tcp $?
  any_server memory; verdict proc-mem-read $?
  any_server ./probe ptrace; verdict ptrace-seize $?
  any_server ./probe getfd; verdict pidfd-getfd $?
  any_server kill -0; verdict can-signal-server $?
  any_server inspector; verdict node-inspector $?
  grep -q "$MARK" "$OTHER_WORKSPACE/secret"; verdict other-user-project $?
  ( echo pwned > "$OTHER_WORKSPACE/written" ); verdict other-user-write $?
  [ "$(ls /proc | grep -c '^[0-9]')" -gt 20 ]; verdict sees-processes $?
  other_ptys; verdict other-pts-writable $?
  ls /root; verdict root-home-readable $?
  ( : > /usr/bin/.holdfast-attack ) && rm -f /usr/bin/.holdfast-attack; verdict usr-writable $?
  head -c 1 /etc/shadow > /dev/null; verdict etc-shadow $?
  mount -t tmpfs none "$1" && umount "$1"; verdict mount $?
  unshare --user --map-root-user true; verdict nested-userns $?
  ./probe tiocsti || ./probe tiocsti-high; verdict tiocsti $?
}
attack mounted 2> /dev/null | grep -E '^(LEAK|ok) '
echo "attack over"
