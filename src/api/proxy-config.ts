// What a migration may change in KubeProxyConfiguration besides the mode: only fields that belong to a change of mode.
import { z } from 'zod';
import { duration } from './fields.ts';

const sync = {
  masqueradeAll: z.boolean().optional().describe('SNAT all traffic sent to Service cluster IPs.'),
  masqueradeBit: z
    .int()
    .min(0)
    .max(31)
    .optional()
    .describe('Bit of the packet mark that asks for masquerading. kube-proxy uses 14 when unset.'),
  syncPeriod: duration.optional().describe('Longest time between two full syncs, for example 30s.'),
  minSyncPeriod: duration.optional().describe('Shortest time between two syncs, for example 1s.'),
};

export const proxyConfig = z
  .object({
    iptables: z
      .object(sync)
      .optional()
      .describe('iptables section of KubeProxyConfiguration. Only with mode iptables.'),
    nftables: z
      .object(sync)
      .optional()
      .describe('nftables section of KubeProxyConfiguration. Only with mode nftables.'),
    ipvs: z
      .object({
        scheduler: z
          .enum(['rr', 'wrr', 'lc', 'wlc', 'lblc', 'lblcr', 'sh', 'dh', 'sed', 'nq', 'mh'])
          .optional()
          .describe('IPVS scheduler. kube-proxy uses rr when unset.'),
        strictARP: z
          .boolean()
          .optional()
          .describe('Answer ARP only on the interface that has the address (needed by MetalLB in L2 mode).'),
        excludeCIDRs: z
          .array(z.string().max(64))
          .max(64)
          .optional()
          .describe('CIDRs whose virtual servers kube-proxy must leave alone.'),
        syncPeriod: sync.syncPeriod,
        minSyncPeriod: sync.minSyncPeriod,
      })
      .optional()
      .describe('ipvs section of KubeProxyConfiguration. Only with mode ipvs.'),
    nodePortAddresses: z
      .array(z.string().max(64))
      .max(64)
      .optional()
      .describe(
        'Addresses on which NodePorts answer, as CIDRs or `primary`. nftables mode defaults to the primary address only.',
      ),
    conntrack: z
      .object({
        tcpBeLiberal: z.boolean().optional().describe('Do not drop packets that conntrack considers out of window.'),
      })
      .optional()
      .describe('conntrack section of KubeProxyConfiguration.'),
  })
  .describe(
    'Fields merged into KubeProxyConfiguration together with the mode: only those that belong to a change of mode.',
  );
