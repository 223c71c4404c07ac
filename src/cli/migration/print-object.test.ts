import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { PROXY_MODE_MIGRATIONS } from '../../api/kinds.ts';
import { migration } from '../testing/migration.ts';
import { printObject, printObjects } from './print-object.ts';

const one = migration({ name: 'one', status: { message: 'bell \u0007 and clear \u001b[2J' } });
const managed = { ...one, metadata: { ...one.metadata, managedFields: [{ manager: 'kubectl' }] } };

describe('an object printed', () => {
  it('is what kubectl prints, without managed fields and without what would move a cursor', () => {
    const json = printObject(PROXY_MODE_MIGRATIONS, managed, 'json');
    expect(JSON.parse(json)).toMatchObject({ kind: 'ProxyModeMigration', metadata: { name: 'one' }, spec: one.spec });
    expect(json).not.toContain('managedFields');
    expect(JSON.parse(json)).toMatchObject({ status: { message: 'bell \\u{7} and clear \\u{1b}[2J' } });
    expect(parse(printObject(PROXY_MODE_MIGRATIONS, managed, 'yaml'))).toEqual(JSON.parse(json));
  });

  it('is a name that kubectl takes', () => {
    expect(printObject(PROXY_MODE_MIGRATIONS, one, 'name')).toBe('proxymodemigration.proxymode.dev/one\n');
    expect(printObjects(PROXY_MODE_MIGRATIONS, [one, migration()], 'name').split('\n')).toHaveLength(3);
  });

  it('is a List where there are several, or none', () => {
    expect(JSON.parse(printObjects(PROXY_MODE_MIGRATIONS, [one], 'json'))).toMatchObject({
      kind: 'List',
      items: [{ metadata: { name: 'one' } }],
    });
    expect(JSON.parse(printObjects(PROXY_MODE_MIGRATIONS, [], 'json'))).toMatchObject({ kind: 'List', items: [] });
  });
});
