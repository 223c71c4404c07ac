// CEL rules: what a schema cannot say, refused by the API server with our words. Written for the CEL of Kubernetes 1.25, so without
// optional types; all lists and strings they look at are bounded, which keeps them within the API server's cost budget.
import type { Rule } from './crd-schema.ts';

/** On each label selector requirement. */
export const REQUIREMENT_RULES: readonly Rule[] = [
  {
    rule: "self.operator in ['In', 'NotIn'] ? has(self.values) && size(self.values) > 0 : !has(self.values) || size(self.values) == 0",
    message: 'values are needed with In and NotIn, and not allowed with Exists and DoesNotExist',
    fieldPath: '.values',
  },
];

/** On spec.kubeProxy.daemonSet. */
export const DAEMON_SET_RULES: readonly Rule[] = [
  {
    rule: '!has(self.key) || has(self.configMap)',
    message: 'key needs configMap: name both, or neither to have them found',
    fieldPath: '.key',
  },
];

/** On spec.kubeProxy. */
export const KUBE_PROXY_RULES: readonly Rule[] = [
  {
    rule: "!has(self.systemd) || (has(self.type) && self.type == 'Systemd')",
    message: 'systemd is only allowed with type Systemd',
    fieldPath: '.systemd',
  },
  {
    rule: "!has(self.daemonSet) || !has(self.type) || self.type == 'DaemonSet'",
    message: 'daemonSet is only allowed with type DaemonSet',
    fieldPath: '.daemonSet',
  },
];

/** On spec.nodeAccess. */
export const NODE_ACCESS_RULES: readonly Rule[] = [
  {
    rule: "(has(self.type) && self.type == 'SSH') == has(self.ssh)",
    message: 'ssh is needed with type SSH, and only allowed with it',
    fieldPath: '.ssh',
  },
  {
    rule: "!has(self.image) || !has(self.type) || self.type == 'Pod'",
    message: 'image is only allowed with type Pod',
    fieldPath: '.image',
  },
];

const isAssist = (self: string): string =>
  `(has(${self}.rollout) && has(${self}.rollout.strategy) && ${self}.rollout.strategy == 'Assist')`;

const HAS_AUDIT = "(has(self.verify) && has(self.verify.audit) && self.verify.audit != 'Skip')";
const HAS_TRIAL = "(has(self.preflight) && has(self.preflight.trial) && self.preflight.trial != 'Skip')";

/** On the spec of a ProxyModeMigration. */
export const MIGRATION_SPEC_RULES: readonly Rule[] = [
  ...(['iptables', 'ipvs', 'nftables'] as const).map((mode) => ({
    rule: `!has(self.config) || !has(self.config.${mode}) || self.mode == '${mode}'`,
    message: `config.${mode} is only allowed with mode ${mode}`,
    reason: 'FieldValueForbidden' as const,
    fieldPath: `.config.${mode}`,
  })),
  {
    rule: "!has(self.kubeProxy) || !has(self.kubeProxy.type) || self.kubeProxy.type != 'Systemd' || (has(self.nodeAccess) && has(self.nodeAccess.type) && self.nodeAccess.type == 'SSH')",
    message: 'kubeProxy.type Systemd needs nodeAccess.type SSH: units and their files are reached over SSH only',
    fieldPath: '.nodeAccess',
  },
  {
    rule: `!has(self.kubeProxy) || !has(self.kubeProxy.type) || self.kubeProxy.type != 'Systemd' || !${isAssist('self')}`,
    message: 'rollout.strategy Assist is for kube-proxies of a DaemonSet',
    fieldPath: '.rollout.strategy',
  },
  {
    rule: `!${HAS_AUDIT} || !${isAssist('self')}`,
    message: 'verify.audit is for rollout.strategy InPlace',
    fieldPath: '.verify.audit',
  },
  {
    rule: `!${HAS_AUDIT} || !has(self.nodeAccess) || !has(self.nodeAccess.type) || self.nodeAccess.type != 'None'`,
    message: 'verify.audit needs nodeAccess',
    fieldPath: '.verify.audit',
  },
  {
    rule: `!${HAS_TRIAL} || !has(self.nodeAccess) || !has(self.nodeAccess.type) || self.nodeAccess.type == 'Pod'`,
    message: 'preflight.trial needs nodeAccess.type Pod: what is tried runs in a pod',
    fieldPath: '.preflight.trial',
  },
  {
    rule: `!${HAS_TRIAL} || !${isAssist('self')}`,
    message:
      'preflight.trial is not for rollout.strategy Assist, which holds nobody back from changing the configuration',
    fieldPath: '.preflight.trial',
  },
];

/** On a rollout.nodeTimeout. */
export const TIMEOUT_RULES: readonly Rule[] = [
  { rule: "duration(self) > duration('0s')", message: 'must be longer than 0s' },
];

const STARTED = '!has(oldSelf.status) || !has(oldSelf.status.startedAt)';

/** On a whole ProxyModeMigration: only there are name, old spec and old status in sight. */
export const MIGRATION_RULES: readonly Rule[] = [
  {
    // The name becomes a label value (63 characters) and the beginning of NodeMigration names.
    rule: "size(self.metadata.name) <= 63 && !self.metadata.name.contains('.')",
    message:
      'metadata.name must have at most 63 characters and no dots: it becomes a label value and the beginning of other names',
  },
  {
    rule: `${STARTED} || self.spec.mode == oldSelf.spec.mode`,
    ...fixed('spec.mode'),
  },
  ...['config', 'kubeProxy'].map((field) => ({
    rule: `${STARTED} || (has(self.spec.${field}) == has(oldSelf.spec.${field}) && (!has(self.spec.${field}) || self.spec.${field} == oldSelf.spec.${field}))`,
    ...fixed(`spec.${field}`),
  })),
  {
    rule: `${STARTED} || ${isAssist('self.spec')} == ${isAssist('oldSelf.spec')}`,
    ...fixed('spec.rollout.strategy'),
  },
];

function fixed(path: string): Omit<Rule, 'rule'> {
  return {
    message: `${path} cannot change once the migration has started; create another ProxyModeMigration`,
    reason: 'FieldValueForbidden',
    fieldPath: `.${path}`,
  };
}

/** On the spec of a NodeMigration. nodeUID may change: a node can be re-created under its name. */
export const NODE_MIGRATION_SPEC_RULES: readonly Rule[] = ['migration', 'nodeName', 'mode'].map((field) => ({
  rule: `self.${field} == oldSelf.${field}`,
  message: `${field} cannot change; NodeMigrations are made by the operator`,
  reason: 'FieldValueForbidden',
  fieldPath: `.${field}`,
}));
