// A migration as it goes into a change ticket: what was decided and why, what became of each node, and how long it took. Pure.
//
// The shape is what `report -o json` prints: within one schemaVersion fields are only added.
import type { NodeMigration, ProxyModeMigration } from '../../api/kinds.ts';
import type { NodeCounts } from '../../api/fields.ts';
import type { RuleCount } from '../../api/preflight-status.ts';
import { meaningOf, nodeStory, type Section } from '../migration/node-story.ts';
import { standOf, type Stand } from '../migration/stand.ts';
import { decisionsOf, type Decision } from './decisions.ts';
import { figuresOf, type Figures } from './figures.ts';
import { stepsOf, type NodeStep } from './steps.ts';

export const REPORT_VERSION = 1;

export type Report = {
  readonly schemaVersion: typeof REPORT_VERSION;
  /** RFC 3339, as all times here. */
  readonly writtenAt: string;
  readonly server: string;
  readonly migration: {
    readonly name: string;
    readonly target: string;
    /** null where nothing tells: a migration that is over forgets it, and nodes may have run several modes. */
    readonly from: string | null;
    readonly phase: string;
    readonly stand: Stand;
    readonly message: string;
    readonly attempt: number;
    readonly startedAt: string | null;
    readonly finishedAt: string | null;
    readonly spec: ProxyModeMigration['spec'];
  };
  readonly counts: NodeCounts | null;
  readonly figures: Figures;
  /** In the order in which they were taken. */
  readonly decisions: readonly Decision[];
  /** What the preflight found, the gravest first. */
  readonly rules: readonly RuleCount[];
  /** Unified; '' where there was nothing to change. */
  readonly diff: string;
  /** Those that did not switch first, then as people count. */
  readonly nodes: readonly NodeReport[];
};

export type NodeReport = {
  readonly name: string;
  /** '' where it is not known. */
  readonly zone: string;
  readonly phase: string;
  readonly reason: string;
  /** What the reason stands for. */
  readonly meaning: string;
  readonly message: string;
  /** The mode last read from it. */
  readonly mode: string | null;
  readonly steps: readonly NodeStep[];
  /** Everything its record holds, in words. */
  readonly evidence: readonly Section[];
};

export type ReportInput = {
  readonly migration: ProxyModeMigration;
  readonly records: readonly NodeMigration[];
  readonly zones: ReadonlyMap<string, string>;
  readonly server: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
};

export function reportOf(input: ReportInput): Report {
  const { migration, records, zones, server, now } = input;
  const { status = {} } = migration;
  return {
    schemaVersion: REPORT_VERSION,
    writtenAt: new Date(now).toISOString(),
    server,
    migration: migrationReport(input),
    counts: status.nodes ?? null,
    figures: figuresOf(migration, records),
    decisions: decisionsOf(migration),
    rules: status.preflight?.rules ?? [],
    diff: status.plan?.diff ?? '',
    nodes: records
      .filter(({ status: own }) => own?.reason !== 'NotSelected')
      .map((record) => nodeReport(record, zones))
      .toSorted((a, b) => gravity(a) - gravity(b) || inOrder.compare(a.name, b.name)),
  };
}

function migrationReport({ migration, records }: ReportInput): Report['migration'] {
  const { metadata, spec, status = {} } = migration;
  return {
    name: metadata.name,
    target: spec.mode,
    from: status.config?.originalMode ?? commonMode(records),
    phase: status.phase ?? 'Pending',
    stand: standOf(migration),
    message: status.message ?? '',
    attempt: status.attempt ?? 1,
    startedAt: status.startedAt ?? null,
    finishedAt: status.finishedAt ?? null,
    spec,
  };
}

/** What all nodes ran before, where that is one mode. */
function commonMode(records: readonly NodeMigration[]): string | null {
  const modes = new Set(records.flatMap(({ status }) => status?.before?.mode ?? []));
  const [only] = modes;
  return modes.size === 1 ? (only ?? null) : null;
}

const inOrder = new Intl.Collator('en', { numeric: true });
const GRAVEST = ['Stranded', 'Failed', 'FellBack', 'Restoring', 'Verifying', 'Switching'];

function gravity({ phase }: NodeReport): number {
  const place = GRAVEST.indexOf(phase);
  return place < 0 ? GRAVEST.length : place;
}

function nodeReport(record: NodeMigration, zones: ReadonlyMap<string, string>): NodeReport {
  const { spec, status = {} } = record;
  return {
    name: spec.nodeName,
    zone: zones.get(spec.nodeName) ?? '',
    phase: status.phase ?? 'Pending',
    reason: status.reason ?? '',
    meaning: meaningOf(status.reason),
    message: status.message ?? '',
    mode: status.mode ?? null,
    steps: stepsOf(record),
    evidence: nodeStory(record),
  };
}
