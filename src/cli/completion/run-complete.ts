// `kubectl_complete-proxymode`: kubectl runs it when somebody presses Tab after `kubectl proxymode`. It prints one suggestion a line
// and, last, what the shell may add to them (cobra's directives). It never says that something is wrong: a Tab is no place for it.
import type { Command } from 'commander';
import { inCluster } from '../cluster.ts';
import { EXIT } from '../exit-codes.ts';
import { chooseCluster, type ClusterChoice } from '../kubeconfig.ts';
import { migrationsIn, NODES } from '../migration/records.ts';
import type { Terminal } from '../terminal.ts';
import { wantedAt, type Suggestion, type Wanted } from './wanted.ts';

/** ShellCompDirective of spf13/cobra: files may follow, or nothing but what is listed. */
const FILES = 0;
const NO_FILES = 4;

/** Nobody waits longer for a Tab. */
const PATIENCE = 2000;

export async function runComplete(program: Command, words: readonly string[], terminal: Terminal): Promise<number> {
  const wanted = wantedAt(program, words);
  const suggestions = await found(wanted, clusterOf(words));
  const typed = words.at(-1) ?? '';
  const lines = suggestions
    .filter(({ word }) => word.startsWith(typed))
    .map(({ word, what }) => (what === '' ? word : `${word}\t${what}`));
  terminal.stdout.write([...lines, `:${wanted.kind === 'files' ? FILES : NO_FILES}`, ''].join('\n'));
  return EXIT.ready;
}

async function found(wanted: Wanted, choice: ClusterChoice): Promise<readonly Suggestion[]> {
  try {
    switch (wanted.kind) {
      case 'words':
        return wanted.words;
      case 'files':
        return [];
      case 'contexts':
        return plain(
          chooseCluster(choice)
            .kubeConfig.getContexts()
            .map(({ name }) => name),
        );
      case 'migrations':
      case 'nodes':
        return plain(await namesIn(choice, wanted.kind));
    }
  } catch {
    // No kubeconfig, no connection, no right: then there is nothing to suggest.
    return [];
  }
}

async function namesIn(choice: ClusterChoice, kind: 'migrations' | 'nodes'): Promise<readonly string[]> {
  let names: readonly string[] = [];
  await inCluster({ ...choice, timeout: PATIENCE }, new AbortController().signal, async ({ client, signal }) => {
    const objects =
      kind === 'migrations' ? await migrationsIn(client, signal) : (await client.list(NODES, {}, { signal })).items;
    names = objects.map(({ metadata }) => metadata.name);
    return EXIT.ready;
  });
  return names;
}

function plain(words: readonly string[]): readonly Suggestion[] {
  return words.toSorted().map((word) => ({ word, what: '' }));
}

/** The cluster that the words typed so far name. */
function clusterOf(words: readonly string[]): ClusterChoice {
  const value = (flag: string): string | undefined => {
    const joined = words.find((word) => word.startsWith(`${flag}=`));
    const at = words.indexOf(flag);
    return joined?.slice(flag.length + 1) ?? (at < 0 ? undefined : words.slice(0, -1)[at + 1]);
  };
  return { kubeconfig: value('--kubeconfig'), context: value('--context') };
}
