/** Commands that destroy, expose or stop something. A mark for people, not a boundary: they run nothing by themselves. */
const DANGEROUS: readonly RegExp[] = [
  /\brm\s+(?:\S+\s+)*-{1,2}[a-z]*(?:r|f|recursive|force)/i,
  /\b(?:mkfs|wipefs|shred|fdisk|parted|sgdisk)\b/i,
  /\bdd\b.*\bof=/i,
  /:\s*\(\s*\)\s*\{/,
  /\bch(?:mod|own|grp)\s+(?:\S+\s+)*(?:-R|--recursive)\b/i,
  /\bchmod\s+(?:\S+\s+)*(?:0?777|a\+rwx|[ugoa]*\+s)\b/i,
  />\s*\/dev\/(?:sd|hd|vd|nvme|mmcblk|disk|mapper)/i,
  /(?:^|[^>])>\s*\/(?:etc|boot|usr|bin|lib)\b/i,
  /\b(?:curl|wget|fetch)\b.*\|\s*(?:sudo\s+)?(?:ba|z|da|fi|k)?sh\b/i,
  /\b(?:eval|source|\.)\s+.*\$?\(?\s*(?:curl|wget)\b/i,
  /\|\s*base64\s+(?:-d|--decode).*\|\s*(?:ba|z)?sh\b/i,
  /\bgit\s+(?:\S+\s+)*push\b.*(?:\s-f\b|--force|--delete|--mirror|\s\+)/i,
  /\bgit\s+(?:\S+\s+)*(?:reset\s+--hard|clean\s+-|checkout\s+(?:--\s+)?\.|restore\s+\.|branch\s+-D|stash\s+(?:drop|clear))/i,
  /\b(?:drop\s+(?:table|database|schema|user)|truncate\s+(?:table\s+)?\w|delete\s+from\s+\w+\s*(?:;|$|"|'))/i,
  /\b(?:shutdown|reboot|halt|poweroff|init\s+[06])\b/i,
  /\bkill(?:all)?\s+(?:-\S+\s+)*-?1\b/i,
  /\bpkill\s+-(?:9|KILL)\b/i,
  /\bfind\b.*\s-(?:delete|exec\s+rm)\b/i,
  /\bxargs\b.*\brm\b/i,
  /\b(?:docker|podman)\s+(?:system|volume|image|container|network)\s+prune\b/i,
  /\b(?:docker|podman)\s+(?:volume\s+)?rm\b/i,
  /\bkubectl\s+(?:\S+\s+)*delete\b/i,
  /\bhelm\s+(?:\S+\s+)*(?:uninstall|delete)\b/i,
  /\bterraform\s+(?:\S+\s+)*(?:destroy|apply\s+.*-auto-approve)\b/i,
  /\b(?:userdel|groupdel|passwd\s+-d|visudo)\b/i,
  /\biptables\s+(?:\S+\s+)*-F\b|\bufw\s+disable\b|\bsetenforce\s+0\b/i,
  /\bcrontab\s+-r\b/i,
  /\bmv\s+.*\s\/dev\/null\b/i,
  /\btruncate\s+(?:\S+\s+)*(?:-s|--size)/i,
  /\b(?:npm|yarn|pnpm|cargo|gem|twine)\s+(?:publish|unpublish|yank|push|upload)\b/i,
];

export function isDangerous(command: string): boolean {
  return DANGEROUS.some((pattern) => pattern.test(command));
}
