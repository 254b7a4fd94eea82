/** Reading what is under deploy/: as much of it as tests ask for. */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { PROJECT_ROOT } from '../../../dev/stack/paths';

export const deployed = (...parts: string[]): string => path.join(PROJECT_ROOT, 'deploy', ...parts);

export interface Service {
  image: string;
  environment?: Record<string, string>;
  command?: string[];
  healthcheck?: { test?: string[]; disable?: boolean };
  depends_on?: Record<string, { condition: string }>;
  ports?: string[];
  volumes?: string[];
  read_only?: boolean;
  stop_grace_period?: string;
}

export function composeServices(): Record<string, Service> {
  const file = parse(readFileSync(deployed('compose.yaml'), 'utf8'), { merge: true }) as {
    services: Record<string, Service>;
  };
  return file.services;
}

/** `${NAME:?why}` and `${NAME:-default}`, as the Compose specification has them. Throws when a value is missing. */
export function interpolate(text: string, env: Readonly<Record<string, string>>): string {
  return text.replace(/\$\{(\w+):([?-])([^}]*)\}/g, (_all, name: string, kind: string, rest: string) => {
    const value = env[name];
    if (value) return value;
    if (kind === '-') return rest;
    throw new Error(`${name} is missing: ${rest}`);
  });
}

export interface Container {
  name: string;
  image: string;
  command?: string[];
  ports?: { name: string; containerPort: number }[];
  env?: { name: string; value?: string; valueFrom?: { secretKeyRef: { name: string; key: string } } }[];
  envFrom?: ({ configMapRef: { name: string } } | { secretRef: { name: string } })[];
  securityContext: Record<string, unknown>;
  resources: { requests: Record<string, string>; limits: Record<string, string> };
  [probe: `${string}Probe`]: { httpGet: { path: string; port: string } };
}

export interface Manifest {
  kind: string;
  metadata: { name: string };
  data?: Record<string, string> | { secretKey: string }[];
  stringData?: unknown;
  spec: {
    template: {
      spec: { terminationGracePeriodSeconds: number; securityContext: unknown; containers: Container[] };
    };
    data: { secretKey: string }[];
  };
}

/** All documents of a folder's files, but for kustomize's own. */
export function manifests(folder: string): Manifest[] {
  return readdirSync(deployed('kubernetes', folder))
    .filter((name) => name.endsWith('.yaml') && !['kustomization.yaml', 'adapter-rule.yaml'].includes(name))
    .flatMap((name) =>
      parseAllDocuments(readFileSync(deployed('kubernetes', folder, name), 'utf8')).map(
        (document) => document.toJS() as Manifest,
      ),
    );
}
