import { describe, expect, it } from 'vitest';
import { isRefused, toldOf } from './refusal.ts';

const CREATE = 'cannot create pods in namespace "ops": Forbidden: pods "proxymode-inspect-1" is forbidden: ';

/** What API servers of 1.36 say, after what was attempted. */
describe('a refusal', () => {
  it.each<[string, string, 'Forbidden' | 'Refused', string]>([
    [
      'by RBAC',
      'cannot delete pods "a" in namespace "kube-system": Forbidden: pods "a" is forbidden: User "system:serviceaccount:ops:proxymode" cannot delete resource "pods" in API group "" in the namespace "kube-system"',
      'Forbidden',
      'grant this right to the operator',
    ],
    [
      'by RBAC at the cluster scope, of a role that is not there',
      'cannot list nodes at the cluster scope: Forbidden: nodes is forbidden: User "me" cannot list resource "nodes" in API group "" at the cluster scope: RBAC: clusterrole.rbac.authorization.k8s.io "x" not found',
      'Forbidden',
      'grant this right',
    ],
    [
      'by Pod Security',
      `${CREATE}violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true), privileged (container "helper" must not set securityContext.privileged=true)`,
      'Refused',
      'kubectl label --overwrite namespace ops pod-security.kubernetes.io/enforce=privileged',
    ],
    [
      'by a quota that is used up',
      `${CREATE}exceeded quota: pods-few, requested: pods=1, used: pods=10, limited: pods=10`,
      'Refused',
      'make room in ResourceQuota pods-few of namespace ops',
    ],
    [
      'by a quota that wants limits',
      `${CREATE}failed quota: compute: must specify limits.cpu for: helper; limits.memory for: helper`,
      'Refused',
      'ResourceQuota compute of namespace ops',
    ],
    [
      'by a quota that is missing',
      `${CREATE}insufficient quota to match these scopes: [{PriorityClass In [high]}]`,
      'Refused',
      'make room in ResourceQuota of namespace ops',
    ],
    [
      'by a webhook',
      'cannot patch configmaps "kube-proxy" in namespace "kube-system": Forbidden: admission webhook "validation.gatekeeper.sh" denied the request: [no-edit] kube-system is not to be touched',
      'Refused',
      'exempt the operator, or namespace kube-system, in what the webhook validation.gatekeeper.sh enforces',
    ],
    [
      'by a webhook that speaks of quotas and rights',
      'cannot create pods in namespace "ops": Forbidden: admission webhook "w" denied the request: User "a" cannot do this: exceeded quota',
      'Refused',
      'what the webhook w enforces',
    ],
    [
      'by a policy',
      `${CREATE}ValidatingAdmissionPolicy 'no-host-network' with binding 'all' denied request: failed expression: !object.spec.hostNetwork`,
      'Refused',
      'from ValidatingAdmissionPolicy no-host-network',
    ],
    [
      'by a namespace that goes',
      `${CREATE}unable to create new content in namespace ops because it is being terminated`,
      'Refused',
      'namespace ops is being deleted',
    ],
    [
      'by OpenShift',
      `${CREATE}unable to validate against any security context constraint: [provider "restricted-v2": Forbidden: not usable by user or serviceaccount]`,
      'Refused',
      'oc adm policy add-scc-to-user privileged -z default -n ops',
    ],
  ])('%s says why, and what to do', (_, message, reason, remedy) => {
    const told = toldOf(message);
    expect(told.reason).toBe(reason);
    expect(told.message.startsWith(`${message}; `)).toBe(true);
    expect(told.message.slice(message.length)).toContain(remedy);
  });

  it('in unknown words is a missing right, in these words', () => {
    const message = 'cannot list nodes at the cluster scope: HTTP 403: <html>';
    expect(toldOf(message)).toEqual({ reason: 'Forbidden', message });
  });

  const webhook =
    'cannot create pods: BadRequest: admission webhook "validate.kyverno.svc-fail" denied the request: no';
  it.each([
    [403, 'anything', true],
    [400, webhook, true],
    [422, "ValidatingAdmissionPolicy 'p' denied request: no", true],
    [400, 'cannot create pods: BadRequest: no such field', false],
    [409, 'it has been changed', false],
    [500, webhook, false],
  ])('with status %i and the words %j is one that only somebody can lift: %s', (status, message, expected) => {
    expect(isRefused({ status, message })).toBe(expected);
  });
});
