import { redactText } from '../infrastructure/logging/redaction';

const REDACTED = '[redacted]';
/** One word as a shell reads it, also one whose quotation is not closed yet. Its parts begin differently, so it is read once. */
const WORD = String.raw`(?:"(?:\\[\s\S]|[^"\\])*(?:"|$)|'[^']*(?:'|$)|\\[\s\S]|[^\s;&|<>"'\\])+`;
const SECRET =
  'pass(?:word|wd|phrase)?|pwd|token|secret|api[_-]?key|access[_-]?key|private[_-]?key|credentials?|auth(?!or)|bearer';
/** Up to the next word of the same command, and not far. */
const SAME_COMMAND = String.raw`[^|;&\n]{0,200}?`;

type Rule = readonly [RegExp, string | ((...parts: string[]) => string)];

/**
 * What makes a secret of a word: how it looks, or what stands before it. Rather too much than too little: who reads it needs to know
 * what was typed, not with what.
 */
const RULES: readonly Rule[] = [
  [/-----BEGIN [^-\n]{1,60}-----[\s\S]*?(?:-----END [^-\n]{1,60}-----|$)/g, '<pem>'],
  [/\beyJ[\w-]{8,}(?:\.[\w-]*){0,4}/g, '<jwt>'],
  [
    /\b(?:sk-|[rsp]k_(?:live|test)_|gh[pousr]_|github_pat_|gl[a-z]{1,8}-|xox[a-z]-|xapp-|npm_|pypi-|hf_|hfc_|dop_v1_|shpat_|AIza|ya29\.|SG\.|hv[sbr]\.|AGE-SECRET-KEY-)[\w.~+/-]{8,}=*/g,
    '<key>',
  ],
  [/\b(?:AKIA|ASIA|AROA|AIDA)[0-9A-Z]{8,}\b/g, '<key>'],
  // Headers, whose values hold spaces: to the end of the quotation they stand in.
  [/\b((?:proxy-)?authorization["'\\]{0,3}\s{0,4}[:=]\s{0,4})[^"'\n]*/gi, `$1${REDACTED}`],
  [/\b((?:set-)?cookie["'\\]{0,3}\s{0,4}[:=]\s{0,4})[^"'\n]*/gi, `$1${REDACTED}`],
  [/\b(bearer\s{1,8})[^\s"'\\]+/gi, `$1${REDACTED}`],
  // scheme://user:password@host and scheme://token@host
  [/\b([a-z][a-z0-9+.-]{0,30}:\/\/)[^\s/?#"'@]{1,512}(?:@[^\s/?#"'@]{1,512})*@/gi, `$1${REDACTED}@`],
  // What is fed to a program that asks for it.
  [/(<<<\s{0,4})([^\n]+)/g, `$1${REDACTED}`],
  [
    /\b(echo|printf)\b[^|\n]{1,1000}\|(?=\s{0,4}(?:sudo|su|chpasswd|passwd|docker|podman|helm|gh|vault|cryptsetup|openssl|gpg)\b)/g,
    `$1 ${REDACTED} |`,
  ],
  // --password x, --api-key=x, -token x
  [new RegExp(String.raw`(^|\s)(--?[\w-]{0,40}(?:${SECRET})[\w-]{0,40})(\s+|=)(?:${WORD})`, 'gi'), `$1$2$3${REDACTED}`],
  // DB_PASSWORD=x, token: x, "secret": "x"
  [
    new RegExp(String.raw`([\w.-]{0,40}(?:${SECRET})[\w.-]{0,40}["'\\]{0,3}\s{0,4}[:=]\s{0,4})(?:${WORD})`, 'gi'),
    `$1${REDACTED}`,
  ],
  // aws configure set aws_secret_access_key x, gh secret set NAME x
  [
    new RegExp(String.raw`\b(setx?|put|add)(\s+[^\s=]{0,60}(?:${SECRET})[^\s=]{0,40}\s+)(?:${WORD})`, 'gi'),
    `$1$2${REDACTED}`,
  ],
  [
    new RegExp(String.raw`(\s(?:-u|-U|--user|--proxy-user)(?:\s+|=)?)(${WORD})`, 'g'),
    (_, flag = '', word = '') => flag + (/[:%]/.test(word) ? REDACTED : word),
  ],
  [
    new RegExp(
      String.raw`\b((?:sshpass|login|redis-cli|ldap\w{1,10}|zip|unzip|htpasswd|openssl|sqlcmd)\b${SAME_COMMAND}\s-(?:p|P|a|w|k|b\s+\S+\s+\S+)\s+)(?:${WORD})`,
      'g',
    ),
    `$1${REDACTED}`,
  ],
  [new RegExp(String.raw`\b(pass:)(?:${WORD})`, 'gi'), `$1${REDACTED}`],
  // mysql -pX; of others what is longer than letters that are options
  [
    new RegExp(String.raw`\b((?:mysql\w{0,12}|mariadb[\w-]{0,12}|sshpass)\b${SAME_COMMAND}\s-p)(?:${WORD})`, 'g'),
    `$1${REDACTED}`,
  ],
  [new RegExp(String.raw`(\s-p)(?!ass(?:in|out)?\s)(?=\S{3})(?:${WORD})`, 'g'), `$1${REDACTED}`],
  // Whatever it is: nobody remembers it.
  [/(?<![\w+=-])(?=[\w+=-]*[a-z])(?=[\w+=-]*[A-Z])(?=[\w+=-]*\d)[\w+=-]{32,}/g, REDACTED],
];

/**
 * A command line, a path or a line of output without the secrets in it. For one text at a time, before it becomes part of any JSON: rules
 * that look for quotation marks would take the structure for text.
 */
export function redactCommand(text: string): string {
  const redacted = RULES.reduce(
    (result, [pattern, replacement]) => result.replace(pattern, replacement as string),
    text,
  );
  // What logs and the audit know of.
  return redactText(redacted);
}
