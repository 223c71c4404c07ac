// Every rule, by section. catalogue.test.ts holds the list against the ids that were written down, both ways.
import { OWNERSHIP } from './catalogue/ownership.ts';
import { CALICO } from './catalogue/calico.ts';
import { OTHER_CNIS } from './catalogue/other-cnis.ts';
import { DNS_CACHES } from './catalogue/dns-caches.ts';
import { ANNOUNCERS } from './catalogue/announcers.ts';
import { NODE_PORTS } from './catalogue/node-ports.ts';
import { NODE_KERNEL } from './catalogue/node-kernel.ts';
import { CONFIG_FIELDS } from './catalogue/config-fields.ts';
import { BEHAVIOUR } from './catalogue/behaviour.ts';
import { FAMILIES } from './catalogue/families.ts';
import { SCALE } from './catalogue/scale.ts';
import { ROLLBACK } from './catalogue/rollback.ts';
import type { Rule } from './rule.ts';

export const CATALOGUE: readonly Rule[] = [
  ...OWNERSHIP,
  ...CALICO,
  ...OTHER_CNIS,
  ...DNS_CACHES,
  ...ANNOUNCERS,
  ...NODE_PORTS,
  ...NODE_KERNEL,
  ...CONFIG_FIELDS,
  ...BEHAVIOUR,
  ...FAMILIES,
  ...SCALE,
  ...ROLLBACK,
];
