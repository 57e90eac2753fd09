/**
 * A command that starts processes until it may not, says how many there were and why it was refused, and ends them. Not a shell's
 * loop: bash waits half a minute before it believes that it may not fork.
 */
export const FORK_BOMB = `node -e '
const { spawn } = require("child_process");
const all = [];
const over = (code) => { console.log(all.length, code); all.forEach((child) => child.kill("SIGKILL")); };
const more = () => {
  if (all.length > 5000) return over("unlimited");
  const child = spawn("sleep", ["1000"], { stdio: "ignore" });
  child.once("error", (error) => over(error.code)).once("spawn", () => { all.push(child); more(); });
};
more();'`.replaceAll('\n', ' ');
