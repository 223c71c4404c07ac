// The kubeconfig a client needs to reach the simulated API server.
import { stringify } from 'yaml';

/** Who a request without a bearer token is. */
export const DEFAULT_USER = 'kubernetes-admin';

/** The bearer token is the user's name: that is all the authentication there is. */
export function kubeconfig(url: string, user: string): string {
  const name = 'simulator';
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: url, 'insecure-skip-tls-verify': true } }],
    users: [{ name: user, user: { token: user } }],
    contexts: [{ name, context: { cluster: name, user } }],
    'current-context': name,
  });
}

export function userOf(authorization: string | undefined): string {
  const token = /^Bearer (?<token>\S+)$/.exec(authorization ?? '')?.groups?.['token'];
  return token ?? DEFAULT_USER;
}
