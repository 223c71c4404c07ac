// The node's own addresses, by interface: which destinations are local, and where node ports answer.

export type NodeAddress = { readonly device: string; readonly address: string };

/** kube-proxy's dummy device in mode ipvs (DefaultDummyDevice, pkg/proxy/ipvs/proxier.go). */
export const IPVS_DEVICE = 'kube-ipvs0';
