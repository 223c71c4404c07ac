// What the API server's no means. A right that is missing, a quota, Pod Security and most webhooks all come as 403 Forbidden;
// only the words tell them apart, and each wants something else done.
import type { Reason } from './reasons.ts';

export type Told = { readonly reason: Extract<Reason, 'Forbidden' | 'Refused'>; readonly message: string };

type Form = {
  readonly words: RegExp;
  readonly reason: Told['reason'];
  /** What to do; `namespace` is where it was refused, `said` what `words` has caught. */
  readonly remedy: (namespace: string, said: string) => string;
};

/** Webhooks choose the status they refuse with, from 400 up (apiserver, plugin/webhook/errors; Kyverno: 400). */
const WEBHOOK = /admission webhook "([^"]*)" denied the request/;
/** plugin/policy/validating/dispatcher.go; 422 unless the policy says otherwise. */
const POLICY = /ValidatingAdmissionPolicy '([^']*)' (?:with binding '[^']*' )?denied request/;

/** Whoever may say anything comes first: what a webhook says may look like any of the others. */
const FORMS: readonly Form[] = [
  {
    words: WEBHOOK,
    reason: 'Refused',
    remedy: (namespace, name) =>
      `this is no missing right: exempt the operator, or namespace ${namespace}, in what the webhook ${name} enforces`,
  },
  {
    words: POLICY,
    reason: 'Refused',
    remedy: (namespace, name) =>
      `this is no missing right: exempt the operator, or namespace ${namespace}, from ValidatingAdmissionPolicy ${name}`,
  },
  {
    // endpoints/handlers/responsewriters/errors.go: whatever the authorizer, RBAC or another.
    words: /User "(.*?)" cannot /,
    reason: 'Forbidden',
    remedy: () => `grant this right to the operator (README, "What it may do"; with the chart, by its values)`,
  },
  {
    words: /violates PodSecurity "([^"]*)"/,
    reason: 'Refused',
    remedy: (namespace) =>
      `this is no missing right: helper pods need the level privileged, kubectl label --overwrite namespace ${namespace} pod-security.kubernetes.io/enforce=privileged, or another spec.nodeAccess.type`,
  },
  {
    // OpenShift.
    words: /unable to validate against any (security context constraint)/,
    reason: 'Refused',
    remedy: (namespace) =>
      `helper pods need the constraint privileged, oc adm policy add-scc-to-user privileged -z default -n ${namespace}, or another spec.nodeAccess.type`,
  },
  {
    // plugin/resourcequota/controller.go
    words: /(?:exceeded|failed|insufficient) quota(?:: ([^,:\s]+))?/,
    reason: 'Refused',
    remedy: (namespace, name) =>
      `this is no missing right: make room in ResourceQuota${name === '' ? '' : ` ${name}`} of namespace ${namespace}, or raise it`,
  },
  {
    // plugin/namespace/lifecycle/admission.go
    words: /unable to create new content in namespace (\S+) because it is being terminated/,
    reason: 'Refused',
    remedy: (_, name) =>
      `this is no missing right: namespace ${name} is being deleted; wait until it is gone, create it again, and what ran in it`,
  },
];

/** The reason, and the API server's words with what to do about them. Words of no known form are left alone, and taken for a missing right. */
export function toldOf(message: string): Told {
  const namespace = /in (?:the )?namespace "?([^\s"]+)/.exec(message)?.[1] ?? '<namespace>';
  for (const { words, reason, remedy } of FORMS) {
    const found = words.exec(message);
    if (found !== null) return { reason, message: `${message}; ${remedy(namespace, found[1] ?? '')}` };
  }
  return { reason: 'Forbidden', message };
}

/** The API server refuses the request, whatever it is about: another try changes nothing as long as nobody acts. */
export function isRefused({ status, message }: { readonly status: number; readonly message: string }): boolean {
  return status === 403 || (status >= 400 && status < 500 && (WEBHOOK.test(message) || POLICY.test(message)));
}
