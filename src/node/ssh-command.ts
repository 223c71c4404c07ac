// SSH carries one line for the user's shell, not an argv: this makes it. Every word that is not written here is quoted.
import { quote } from './quote.ts';

/** Programs of the superuser are not on every user's PATH. The last is NixOS's. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/run/current-system/sw/bin';

/**
 * A command that was given up is ended on the node by `timeout` of coreutils: sshd itself leaves it running. So much longer
 * (seconds) it may take there, so that it is always this side that gives up.
 */
const GRACE = 2;

/** @param limit milliseconds. Messages of programs come in English. */
export function commandLine(argv: readonly string[], { sudo, limit }: { sudo: boolean; limit: number }): string {
  const seconds = Math.ceil(limit / 1000) + GRACE;
  const fixed = `env LC_ALL=C PATH=${PATH} timeout -s KILL ${seconds}`;
  return `${sudo ? 'sudo -n -- ' : ''}${fixed} ${argv.map(quote).join(' ')}`;
}

/** Whether commands by sudo work at all: asked once per connection, because later its refusal could be any command's. */
export const SUDO_CHECK = 'sudo -n -- true';
