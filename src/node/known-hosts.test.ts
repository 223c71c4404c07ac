import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkHostKey, fingerprint, knownTypes, parseKnownHosts, readKnownHosts } from './known-hosts.ts';

const ED = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIP4zCVwHlU9eIcIH/WTwMihRoGSBqcl2DIkHXcL+570d';
const OTHER_ED = `ssh-ed25519 ${made('ssh-ed25519', 1)}`;
const RSA = `ssh-rsa ${made('ssh-rsa', 2)}`;

/** A key of a type, as far as anybody here looks into it. */
function made(type: string, filler: number): string {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(type.length);
  return Buffer.concat([length, Buffer.from(type), Buffer.alloc(40, filler)]).toString('base64');
}

function bytes(key: string): Buffer {
  return Buffer.from(key.split(' ')[1] ?? '', 'base64');
}

/** `known`, or the reason why not. */
function ask(text: string, host: string, { port = 22, key = ED } = {}): string {
  const verdict = checkHostKey(parseKnownHosts(text), { host, port }, bytes(key));
  return verdict.kind === 'known' ? 'known' : verdict.message;
}

describe('known hosts', () => {
  // Made by `ssh-keygen -H` of `node-1.example` and `[10.0.0.5]:2222`.
  const HASHED = `|1|Kc2yNsMBTLFkCMeUtrYM3JvOTXs=|j35MNJM2YQLZQpkFmhkIaXW+DtQ= ${ED}
|1|HJq9o1m8j2+udBOU8q+rUPbMXwI=|88u2TsW2Oh8uhgH+FWYPm+reoe0= ${ED}`;

  it.each<[string, string, string, number?]>([
    ['by name', `node-1 ${ED}`, 'node-1'],
    ['whatever the case', `Node-1.Example ${ED}`, 'NODE-1.example'],
    ['among several names', `a,node-1,b ${ED}`, 'node-1'],
    ['by address', `10.0.0.1 ${ED} root@node-1`, '10.0.0.1'],
    ['by IPv6 address', `fd00::1 ${ED}`, 'fd00::1'],
    ['at another port', `[node-1]:2222 ${ED}`, 'node-1', 2222],
    ['by IPv6 address at another port', `[fd00::1]:2222 ${ED}`, 'fd00::1', 2222],
    ['by a star', `*.example ${ED}`, 'node-1.example'],
    ['by a question mark', `node-? ${ED}`, 'node-1'],
    ['by a star that is not for another', `*,!node-2 ${ED}`, 'node-1'],
    ['by a hash', HASHED, 'node-1.example'],
    ['by a hash with a port', HASHED, '10.0.0.5', 2222],
    [
      'with tabs, blank lines and comments around',
      `# nodes\n\n  node-1\t${ED.replace(' ', '\t')}\tcomment\r\n`,
      'node-1',
    ],
    ['with keys of other types beside it', `node-1 ${RSA}\nnode-1 ${ED}`, 'node-1'],
    ['with another key of the type beside it', `node-1 ${OTHER_ED}\nnode-1 ${ED}`, 'node-1'],
    ['after lines nobody understands', `@new x y\nnode-1\nnode-1 ${ED}`, 'node-1'],
  ])('know a host %s', (_name, text, host, port = 22) => {
    expect(ask(text, host, { port })).toBe('known');
  });

  it.each<[string, string, string, number?]>([
    ['is not there', `node-1 ${ED}`, 'node-2'],
    ['is there at another port only', `node-1 ${ED}`, 'node-1', 2222],
    ['is there at its usual port only', `[node-1]:2222 ${ED}`, 'node-1'],
    ['is excluded', `*,!node-1 ${ED}`, 'node-1'],
    ['is only excluded', `!node-2 ${ED}`, 'node-1'],
    ['merely begins like one', `node-1 ${ED}`, 'node-10'],
    ['has a dot where a name has another letter', `a.b ${ED}`, 'axb'],
    ['is not what was hashed', HASHED, 'node-2.example'],
    ['is in a comment', `# node-1 ${ED}`, 'node-1'],
  ])('do not know a host that %s', (_name, text, host, port = 22) => {
    expect(ask(text, host, { port })).toContain('which is not among the known hosts');
  });

  it('say with which fingerprint a host came, as ssh-keygen shows it', () => {
    expect(fingerprint(bytes(ED))).toBe('SHA256:3QtveRPODtqbZSam9lDvnj0164ViqoVL4T79EV37DSs');
    expect(ask('', 'node-1')).toBe(
      'node-1 shows the host key ssh-ed25519 SHA256:3QtveRPODtqbZSam9lDvnj0164ViqoVL4T79EV37DSs, which is not among the known hosts: compare it with `ssh-keygen -lf` on node-1, and add it. Nothing was sent',
    );
  });

  it('say what was known when a key has changed', () => {
    expect(ask(`\nnode-1 ${OTHER_ED}`, 'node-1')).toBe(
      `node-1 shows the host key ssh-ed25519 ${fingerprint(bytes(ED))}, but line 2 of the known hosts has ${fingerprint(bytes(OTHER_ED))}: the machine was set up anew, or somebody is in between. Nothing was sent`,
    );
  });

  it('say that they have keys of another type only', () => {
    expect(ask(`node-1 ${RSA}`, 'node-1')).toContain('but the known hosts have only ssh-rsa for it');
  });

  it('refuse a revoked key, also where it is known', () => {
    expect(ask(`node-1 ${ED}\n@revoked * ${ED}`, 'node-1')).toContain('which line 2 of the known hosts calls revoked');
    expect(ask(`node-1 ${ED}\n@revoked * ${OTHER_ED}`, 'node-1')).toBe('known');
    expect(ask(`@revoked node-1 ${OTHER_ED}`, 'node-1')).toContain('not among the known hosts');
  });

  it('say that they cannot judge certificates', () => {
    expect(ask(`@cert-authority *.example ${ED}`, 'node-1.example')).toContain('which are not supported');
    expect(ask(`@cert-authority * ${OTHER_ED}\nnode-1 ${ED}`, 'node-1')).toBe('known');
  });

  it('name the lines that say nothing', () => {
    const text = `@new node-1 ${ED}\nnode-1 ssh-ed25519\nnode-1 ssh-rsa ${ED.split(' ')[1]}\n|2|a|b ${ED}\n|1|a|b ${ED}\n, ${ED}`;
    expect(parseKnownHosts(text)).toEqual({
      entries: [],
      problems: [
        'line 1 begins with a marker that is not known',
        'line 2 has no key of the type it names',
        'line 3 has no key of the type it names',
        'line 4 has a host name that cannot be read',
        'line 5 has a host name that cannot be read',
        'line 6 has a host name that cannot be read',
      ],
    });
    expect(ask(text, 'node-1')).toContain('not understood: line 1 begins');
  });

  it('tell for which types a host has keys', () => {
    const known = parseKnownHosts(`node-1 ${RSA}\n*,!node-2 ${ED}\nnode-1 ${OTHER_ED}\n@revoked * ${made('x', 1)}`);
    expect(knownTypes(known, 'node-1', 22)).toEqual(['ssh-rsa', 'ssh-ed25519']);
    expect(knownTypes(known, 'node-2', 22)).toEqual([]);
  });

  it('match stars and question marks as an expression made of them would', () => {
    const letters = (extra: string): fc.Arbitrary<string> =>
      fc.string({ unit: fc.constantFrom(...Array.from(`ab.${extra}`)), minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(letters('**?'), letters(''), (pattern, host) => {
        const source = pattern.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.');
        expect(ask(`${pattern} ${ED}`, host) === 'known').toBe(new RegExp(`^${source}$`).test(host));
      }),
      { numRuns: 1000 },
    );
  });

  it('with many stars keep nobody waiting', () => {
    // As an expression this would take longer than anybody lives.
    expect(ask(`${'*a'.repeat(40)}*b ${ED}`, 'a'.repeat(250))).toContain('which is not among the known hosts');
  });

  it('are read once, not at each login', () => {
    const text = `node-1 ${ED}`;
    expect(readKnownHosts(text)).toBe(readKnownHosts(text));
    expect(readKnownHosts(`node-2 ${ED}`)).toEqual({ ...parseKnownHosts(text), entries: [expect.anything()] });
    expect(readKnownHosts(`node-2 ${ED}`).entries[0]?.matches('node-2')).toBe(true);
    expect(readKnownHosts(text).entries[0]?.matches('node-1')).toBe(true);
  });

  it('know only what they were told, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...Array.from('*!?,|1[]:@ \tnode-\n#')) }),
        fc.string(),
        (text, host) => {
          expect(ask(`${text} ${OTHER_ED}\n${text}`, host)).not.toBe('known');
        },
      ),
    );
  });

  it('take a key that is cut off for none', () => {
    const verdict = checkHostKey(parseKnownHosts(`* ${ED}`), { host: 'a', port: 22 }, Buffer.from([0, 0]));
    expect(verdict).toMatchObject({ kind: 'refused' });
  });
});
