// A newer nft, of the host or of another container, may write into the kernel what the nft of kube-proxy's image crashes on when it lists the
// ruleset; then every sync fails.
import { isOlder } from '../facts/image.ts';
import type { NodeFacts } from '../facts/node.ts';
import { given, unseen, valueOr } from '../known.ts';
import type { NodeContext, NodeRule, Outcome } from '../rule.ts';
import { configFor } from './shared-config.ts';
import { isBefore, probeRanItsPrograms } from './shared-programs.ts';

export const nftBinarySkew: NodeRule = {
  id: 'nft-binary-skew',
  section: 7,
  scope: 'node',
  title: "kube-proxy's nft cannot read what a newer nft has written",
  verdicts: { nftables: ['block', 'warn'] },
  source: 'k/k#136786, k/k#140898; k0sproject/k0s#7293; k/k PR 137536, PR 140405',
  check: (context) =>
    given([context.cluster.kubeProxy.place], (place): Outcome => {
      const own = probeRanItsPrograms(context.node, place);
      const { nftRulesetError, nftVersion } = context.node.probe;
      // No nft at all is what nft-binary-missing is for.
      if (own && nftVersion.known && nftVersion.value === undefined) return undefined;
      if (!own || !nftRulesetError.known) return unproven(context, place.kind === 'onNodes');
      return nftRulesetError.value === undefined ? skew(context) : crash(nftRulesetError.value, context);
    }),
};

const UPGRADE =
  'Upgrade kube-proxy to 1.37 (it lists over netlink), or to a patch of July 2026 or later, whose image has nft 1.0.6.1. Or keep newer nft away from the node.';

function crash(error: string, context: NodeContext): Outcome {
  const netlink = listsByNetlink(context);
  return {
    verdict: netlink ? 'warn' : 'block',
    message: `nft --json list ruleset fails with kube-proxy's own nft ${valueOr(context.node.probe.nftVersion, undefined) ?? ''} (${error}).${netlink ? ' This kube-proxy lists over netlink instead, but still writes with nft.' : ' In nftables mode every sync would fail like that.'}`,
    fix: UPGRADE,
  };
}

/** NFTablesNetlink: beta and on from 1.37 (k/k PR 137536). */
function listsByNetlink(context: NodeContext): boolean {
  const version = valueOr(context.cluster.kubeProxy.version, undefined)?.parsed;
  const gate = valueOr(configFor(context), undefined)?.read.featureGates['NFTablesNetlink'];
  return version !== undefined && !isOlder(version, 1, 37) && gate !== false;
}

/** Well for now; but where the host has a newer nft, its next rule may change that. */
function skew(context: NodeContext): Outcome {
  const { node } = context;
  const own = valueOr(node.probe.nftVersion, undefined);
  if (valueOr(node.probe.programs, undefined) === 'host' || !mayHaveNewNft(node) || listsByNetlink(context))
    return undefined;
  if (own === undefined || !isBefore(own, '1.0.6.1')) return undefined;
  return {
    verdict: 'warn',
    message: `kube-proxy's nft is ${own}, and ${node.osImage} has 1.1.3 or later. It lists the ruleset well now, and may crash once the host's nft has written a rule.`,
    fix: UPGRADE,
  };
}

/** kube-proxy's nft was not run, or not allowed to ask the kernel. A host without nft, or with one older than 1.1.3, writes nothing it crashes on. */
function unproven(context: NodeContext, onHost: boolean): Outcome {
  const { node } = context;
  // A kube-proxy of the host shares the host's nft: nothing is skewed.
  if (onHost || !mayHaveNewNft(node) || listsByNetlink(context)) return undefined;
  const version = valueOr(node.probe.nftVersion, undefined);
  const asked = valueOr(node.probe.programs, undefined) === 'host';
  if (asked && version !== undefined && isBefore(version, '1.1.3')) return undefined;
  const host = asked && version !== undefined ? `nft ${version} of ${node.osImage}` : `nft of ${node.osImage}`;
  return unseen(
    `the nft of kube-proxy's image was not run, and the ${host} may have written what it cannot read; with spec.nodeAccess.type Pod it is`,
  );
}

/** nft 1.1.3 or later. */
function mayHaveNewNft({ osImage, probe }: NodeFacts): boolean {
  const programs = valueOr(probe.hostPrograms, undefined);
  return !hasOldNft({ osImage }) && programs?.has('nft') !== false;
}

/** Distributions whose nft is older than 1.1.3, in the versions that are common. */
const OLD_NFT =
  /Debian GNU\/Linux (?:9|1[012])\b|Ubuntu (?:1\d|2[0-4])\.|(?:Red Hat Enterprise Linux|AlmaLinux|Rocky Linux|CentOS Linux|CentOS Stream|Oracle Linux(?: Server)?)(?: CoreOS| release)? [789]\b|SUSE Linux Enterprise Server 15|openSUSE Leap 15|Amazon Linux 2/;

function hasOldNft({ osImage }: Pick<NodeFacts, 'osImage'>): boolean {
  return OLD_NFT.test(osImage);
}
