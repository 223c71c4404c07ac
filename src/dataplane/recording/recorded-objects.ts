// Services, EndpointSlices and Nodes of a recording, checked: a file can have been written by anybody. Only what rules depend on is looked
// at and kept (demand/objects.ts, field by field).
import { z, type ZodType } from 'zod';
import type { EndpointSliceObject, NodeObject, ServiceObject } from '../demand/objects.ts';

const text = z.string().exactOptional();
const number = z.number().exactOptional();
const flag = z.boolean().exactOptional();
const texts = z.array(z.string()).exactOptional();
const labels = z.record(z.string(), z.string()).exactOptional();
const metadata = z.object({ namespace: text, name: text, labels });
const named = z.array(z.object({ name: z.string() })).exactOptional();

export const SERVICE: ZodType<ServiceObject> = z.object({
  metadata,
  spec: z
    .object({
      type: text,
      clusterIP: text,
      clusterIPs: texts,
      externalIPs: texts,
      ports: z.array(z.object({ name: text, port: z.number(), protocol: text, nodePort: number })).exactOptional(),
      internalTrafficPolicy: text,
      externalTrafficPolicy: text,
      sessionAffinity: text,
      sessionAffinityConfig: z
        .object({ clientIP: z.object({ timeoutSeconds: number }).exactOptional() })
        .exactOptional(),
      loadBalancerSourceRanges: texts,
      healthCheckNodePort: number,
    })
    .exactOptional(),
  status: z
    .object({
      loadBalancer: z
        .object({ ingress: z.array(z.object({ ip: text, ipMode: text })).exactOptional() })
        .exactOptional(),
    })
    .exactOptional(),
});

export const ENDPOINT_SLICE: ZodType<EndpointSliceObject> = z.object({
  metadata,
  addressType: text,
  ports: z
    .array(z.object({ name: text, port: number, protocol: text }))
    .nullable()
    .exactOptional(),
  endpoints: z
    .array(
      z.object({
        addresses: texts,
        conditions: z.object({ ready: flag, serving: flag, terminating: flag }).exactOptional(),
        nodeName: text,
        hints: z.object({ forZones: named, forNodes: named }).exactOptional(),
      }),
    )
    .nullable()
    .exactOptional(),
});

export const NODE: ZodType<NodeObject> = z.object({
  metadata: z.object({ name: text, labels }),
  spec: z.object({ podCIDR: text, podCIDRs: texts }).exactOptional(),
  status: z
    .object({ addresses: z.array(z.object({ type: z.string(), address: z.string() })).exactOptional() })
    .exactOptional(),
});
