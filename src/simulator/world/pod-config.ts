// The configuration inside one pod: mounted when the pod is created, refreshed by the kubelet later, and read by
// kube-proxy whenever its container starts.
import type { Clock, Ref } from 'kopf-ts';
import type { DecodedConfig } from './kube-proxy-config.ts';
import type { ProcessInput } from './kube-proxy-process.ts';
import { traitsOf } from './kube-proxy-traits.ts';
import type { ConfigFile, Program } from './pod-program.ts';

type ConfigMapData = Readonly<Record<string, string>>;

export type ConfigHost = {
  readonly clock: Clock;
  /** kube-proxy's version on this node when it is not the image's. */
  readonly kubeProxyVersion: string | undefined;
  /** A ConfigMap as a volume mounted at that moment shows it now. */
  readonly mounted: (configMap: Ref, mountedAt: number) => ConfigMapData | undefined;
  readonly decodeConfig: (text: string) => DecodedConfig;
};

/** When neither the node nor the image's tag says what runs. */
const UNKNOWN_VERSION = 'v1.36.3';

export class PodConfig {
  readonly #host: ConfigHost;
  readonly #program: Program;
  readonly #namespace: string;
  #mountedAt = 0;
  #data: ConfigMapData | undefined;

  constructor(host: ConfigHost, program: Program, namespace: string) {
    this.#host = host;
    this.#program = program;
    this.#namespace = namespace;
  }

  /** False while the ConfigMap does not exist: the pod waits for it. A missing key is the process's problem. */
  mount(): boolean {
    this.#mountedAt = this.#host.clock.now();
    const source = this.#file()?.source;
    if (source === undefined) return true;
    this.#data = this.#read(source.configMap);
    return this.#data !== undefined;
  }

  /** What a kube-proxy started now gets; undefined when the container is no kube-proxy. */
  processInput(): ProcessInput | undefined {
    if (this.#program.kind === 'other') return undefined;
    const version = this.#host.kubeProxyVersion ?? this.#program.version ?? UNKNOWN_VERSION;
    return { version, traits: traitsOf(version), config: this.#decode() };
  }

  #decode(): DecodedConfig {
    const file = this.#file();
    if (file === undefined) {
      const mode = this.#program.kind === 'kubeProxyByFlags' ? this.#program.mode : '';
      return { kind: 'decoded', mode, featureGates: {}, fields: {} };
    }
    // A ConfigMap deleted meanwhile leaves the files as they were.
    if (file.source?.refreshed === true) this.#data = this.#read(file.source.configMap) ?? this.#data;
    const text = file.source === undefined ? undefined : this.#data?.[file.source.key];
    if (text === undefined) return { kind: 'undecodable', message: `open ${file.path}: no such file or directory` };
    return this.#host.decodeConfig(text);
  }

  #file(): ConfigFile | undefined {
    return this.#program.kind === 'kubeProxy' ? this.#program.config : undefined;
  }

  #read(name: string): ConfigMapData | undefined {
    return this.#host.mounted({ namespace: this.#namespace, name }, this.#mountedAt);
  }
}
