// A recorded cluster, assessed as the command does it: lists, port-forwards, rules. Only the network is left out.
import { askNodes } from '../../../src/cli/assess/ask-nodes.ts';
import { assessFacts } from '../../../src/cli/assess/assess-facts.ts';
import type { Assessment } from '../../../src/cli/assess/assessment.ts';
import { PROXY_MODES } from '../../../src/api/fields.ts';
import { takeSnapshot } from '../../../src/operator/take-snapshot.ts';
import { factsFrom } from '../../../src/preflight/facts/from-snapshot.ts';
import { openDoors } from './doors.ts';
import { recordedClient } from './recorded-client.ts';
import { recordedCluster } from './recorded-cluster.ts';

/** When the clusters were "recorded". */
const NOW = Date.UTC(2026, 2, 2, 9);
const SERVER = 'https://api.cluster.example:6443';

export async function assessRecorded(name: string): Promise<Assessment> {
  const cluster = recordedCluster(name);
  const doors = openDoors(cluster);
  try {
    const client = recordedClient(cluster, doors);
    const snapshot = await takeSnapshot(client);
    const asked = await askNodes(client, factsFrom(snapshot), {
      signal: new AbortController().signal,
      now: () => NOW,
    });
    return assessFacts({ snapshot, asked, targets: PROXY_MODES, accept: [], server: SERVER, context: name, now: NOW });
  } finally {
    doors.close();
  }
}
