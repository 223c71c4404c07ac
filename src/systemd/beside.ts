// What lies beside the file that decides a unit's mode while a migration is at work, and who may write there. Parts of scripts.

/** After `resolve`: the names of ours beside "$file". They are fixed, so that a sudoers file can name them. */
export const BESIDE = `
beside() {
  # The file as it was before the migration.
  backup=$file.proxymode-original
  # The new text, until it takes the file's place.
  new=$file.proxymode-new
  # There while the unit is to be restarted, because the file was changed and nobody knows yet which one its process has read.
  owed=$file.proxymode-restart
}
`;

/**
 * Who is not root does what only root may by sudo, one program at a time and with the same arguments every time: a sudoers file
 * can name each of them (README, "A user who is not root").
 */
export const AS_ROOT = `${BESIDE}
if [ "$(id -u)" = 0 ]; then root() { "$@"; }; else root() { sudo -n -- "$@"; }; fi
`;
