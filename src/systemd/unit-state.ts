// What `systemctl show` says of a unit. Properties that a systemd is too old for are missing in it (CentOS 7 has 219).

/** The names are systemd's own (org.freedesktop.systemd1(5)), in small letters. */
export type UnitState = {
  readonly id: string;
  /** loaded, not-found, masked, bad-setting, error */
  readonly loadState: string;
  /** active, activating, deactivating, inactive, failed, reloading */
  readonly activeState: string;
  readonly subState: string;
  /** 0 when no process runs. */
  readonly mainPid: number;
  /** Starts by Restart= since somebody last started the unit. Since systemd 235. */
  readonly restarts: number;
  /** How the unit's last run ended: success, exit-code, signal, start-limit-hit, … */
  readonly result: string;
  /** The main process that has ended, if none has taken its place; a signal counts as in a shell, 128 and its number. */
  readonly exitCode: number | undefined;
  /** A file of the unit was changed, and systemd has not read it again. */
  readonly needsReload: boolean;
  /** A start or stop is under way or waits its turn. */
  readonly hasJob: boolean;
};

export const PROPERTIES = [
  'Id',
  'LoadState',
  'ActiveState',
  'SubState',
  'MainPID',
  'NRestarts',
  'Result',
  'ExecMainCode',
  'ExecMainStatus',
  'ExecMainStartTimestampMonotonic',
  'InvocationID',
  'NeedDaemonReload',
  'Job',
].join(',');

export function parseUnitState(show: string): UnitState {
  const values = readProperties(show);
  const text = (key: string): string => values.get(key) ?? '';
  const number = (key: string): number => (/^\d{1,15}$/.test(text(key)) ? Number(text(key)) : 0);
  return {
    id: text('Id'),
    loadState: text('LoadState'),
    activeState: text('ActiveState'),
    subState: text('SubState'),
    mainPid: number('MainPID'),
    restarts: number('NRestarts'),
    result: text('Result'),
    exitCode: exitCode(text('ExecMainCode'), number('ExecMainStatus')),
    needsReload: text('NeedDaemonReload') === 'yes',
    hasJob: number('Job') > 0,
  };
}

/** `Key=value` lines of one unit; the first line of a key counts, since a value may have line breaks in it. */
export function readProperties(show: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const line of show.split('\n')) {
    const [, key, value = ''] = /^([A-Za-z]+)=(.*)$/.exec(line) ?? [];
    if (key !== undefined && !values.has(key)) values.set(key, value);
  }
  return values;
}

/** CLD_EXITED, CLD_KILLED and CLD_DUMPED, as numbers here and as words in the journal; 0 while the process runs. */
export function exitCode(code: string, status: number): number | undefined {
  switch (code) {
    case '1':
    case 'exited':
      return status;
    case '2':
    case '3':
    case 'killed':
    case 'dumped':
      return 128 + status;
    default:
      return undefined;
  }
}
