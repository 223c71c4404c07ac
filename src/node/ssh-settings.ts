// What is needed to log in to a node by SSH.

export type SshEndpoint = { readonly host: string; readonly port: number; readonly user: string };

export type SshSettings = SshEndpoint & {
  /** PEM or OpenSSH's own format. */
  readonly privateKey: string | Uint8Array;
  readonly passphrase?: string;
  /** The text of a known_hosts file. Without an entry for it no host is talked to. */
  readonly knownHosts: string;
  /** Every command by `sudo -n`: it must work without a password. */
  readonly sudo: boolean;
  /** Through this host, whose key must be among the known hosts, too. The same private key is used. */
  readonly jump?: SshEndpoint;
  /** Milliseconds until logged in, per host; 15,000 by default. */
  readonly connectTimeout?: number;
  /** Milliseconds of silence after which the other side is asked whether it is there; three times unanswered ends the connection. 10,000 by default. */
  readonly keepalive?: number;
};
