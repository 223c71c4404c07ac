// modprobe on a simulated node. Its words are those of kmod 30.
import type { ModuleTable } from './machine.ts';
import type { Place, Run } from './machine-commands.ts';

type Request = {
  readonly dryRun: boolean;
  readonly remove: boolean;
  readonly root: string;
  readonly names: readonly string[];
};

export function modprobe({ machine, view }: Place, words: readonly string[]): Run {
  const request = parse(words);
  const directory = `${request.root}/lib/modules/${machine.kernel}`;
  const [name = ''] = request.names;
  if (request.remove) return unload(machine.modules, name, view.privileged);
  const where = machine.modules.has(name);
  if (where === 'loaded' || where === 'builtIn') return said(0);
  if (where === 'nowhere') return said(1, '', `modprobe: FATAL: Module ${name} not found in directory ${directory}\n`);
  const steps = stepsOf(machine.modules, name, directory);
  if (request.dryRun) return said(0, steps.map(({ line }) => `${line} \n`).join(''));
  const blocked = steps.find(({ blocks }) => blocks);
  if (blocked !== undefined)
    return said(
      1,
      '',
      `modprobe: ERROR: ../libkmod/libkmod-module.c:1047 command_do() Error running install command '${blocked.line.slice('install '.length)}' for module ${name}: retcode 1\n`,
    );
  const mayInsert = view.privileged && !steps.some(({ module }) => machine.modules.refused(module));
  if (!mayInsert) return said(1, '', `modprobe: ERROR: could not insert '${name}': Operation not permitted\n`);
  machine.modules.load(name);
  return said(0);
}

function parse(words: readonly string[]): Request {
  const names: string[] = [];
  let dryRun = false;
  let remove = false;
  let root = '';
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (word === '-d' || word === '-C') {
      index += 1;
      root = word === '-d' ? (words[index] ?? '') : root;
    } else if (word === '-n') dryRun = true;
    else if (word === '-r') remove = true;
    else if (!word.startsWith('-')) names.push(word.replaceAll('-', '_'));
  }
  return { dryRun, remove, root, names };
}

type Step = { readonly module: string; readonly line: string; readonly blocks: boolean };

function stepsOf(modules: ModuleTable, name: string, directory: string): readonly Step[] {
  return modules
    .chain(name)
    .filter((each) => modules.has(each) !== 'loaded')
    .map((each) => {
      const blocker = modules.blocker(each);
      if (blocker !== undefined)
        return { module: each, line: `install ${blocker}`, blocks: blocker.endsWith('/false') };
      return { module: each, line: `insmod ${directory}/kernel/net/${each}.ko`, blocks: false };
    });
}

/** As modprobe -r: what it depended on goes too where nothing else holds it. */
function unload(modules: ModuleTable, name: string, privileged: boolean): Run {
  if (modules.has(name) !== 'loaded') return said(0);
  if (modules.usersOf(name).length > 0) return said(1, '', `modprobe: FATAL: Module ${name} is in use.\n`);
  if (!privileged) return said(1, '', `modprobe: ERROR: could not remove '${name}': Operation not permitted\n`);
  modules.unload(name);
  for (const dependency of modules.dependencies(name)) {
    if (modules.has(dependency) === 'loaded' && modules.usersOf(dependency).length === 0)
      unload(modules, dependency, privileged);
  }
  return said(0);
}

function said(code: number, stdout = '', stderr = ''): Run {
  return { code, stdout, stderr };
}
