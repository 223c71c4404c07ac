// The files a recording may have, named after the commands that write them.

const FLAVOURS = ['', '-legacy', '-nft'];
const SAVED = ['iptables', 'ip6tables'].flatMap((program) =>
  FLAVOURS.flatMap((flavour) => [`${program}${flavour}-save.txt`, `${program}${flavour}-save-c.txt`]),
);

export const NODE_FILES: readonly string[] = [
  ...SAVED,
  'nft-list-ruleset.json',
  'nft-list-ruleset.txt',
  'nft-list-table-ip-kube-proxy.txt',
  'nft-list-table-ip6-kube-proxy.txt',
  'proc-net-ip_vs.txt',
  'ipvsadm-Sn.txt',
  'ipset-save.txt',
  'ip-addr.json',
  'ip-addr.txt',
  'configz.json',
  'kube-proxy-config.yml',
  'kube-proxy-config.yaml',
  'proxyMode.txt',
];

export const API_FILES: readonly string[] = ['services.json', 'endpointslices.json', 'nodes.json'];
