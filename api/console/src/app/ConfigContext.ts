import { createContext, useContext } from 'react';
import type { ConsoleConfig } from '../auth/config';

export const ConfigContext = createContext<ConsoleConfig | null>(null);

export function useConfig(): ConsoleConfig {
  const config = useContext(ConfigContext);
  if (!config) throw new Error('useConfig stands outside the app');
  return config;
}

/** The Web UI's page of a workflow's newest run; null where this installation has none. */
export function useTemporalLink(workflowId: string): string | null {
  const { temporalUi } = useConfig();
  if (!temporalUi) return null;
  const { url, namespace } = temporalUi;
  return `${url.replace(/\/$/, '')}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(workflowId)}`;
}
