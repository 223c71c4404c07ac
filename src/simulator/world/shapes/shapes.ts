// The shapes there are, by name.
import { eksShape } from './eks.ts';
import { kindShape } from './kind.ts';
import { kubeadmShape } from './kubeadm.ts';
import { kubesprayShape } from './kubespray.ts';

export const SHAPES = { kubeadm: kubeadmShape, kind: kindShape, eks: eksShape, kubespray: kubesprayShape } as const;
export type ShapeName = keyof typeof SHAPES;
