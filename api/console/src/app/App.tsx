import { QueryClientProvider } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useState, useSyncExternalStore } from 'react';
import { I18nProvider } from 'react-aria-components';
import { RouterProvider } from 'react-router';
import { createQueryClient } from '../api/query-client';
import { loadConfig, type ConsoleConfig } from '../auth/config';
import { session } from '../auth/session';
import { connection } from '../live/connection';
import { ErrorPanel, Spinner } from '../ui';
import { ConfigContext } from './ConfigContext';
import { router } from './router';

const SignInPage = lazy(() => import('../pages/sign-in/SignInPage'));

type Start =
  { state: 'waiting' } | { state: 'failed'; error: Error } | { state: 'ready'; config: ConsoleConfig };

async function begin(): Promise<ConsoleConfig> {
  const config = await loadConfig();
  await session.start(config);
  return config;
}

export function App() {
  const [start, setStart] = useState<Start>({ state: 'waiting' });
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    begin().then(
      (config) => setStart({ state: 'ready', config }),
      (error: unknown) => setStart({ state: 'failed', error: error as Error }),
    );
  }, [attempt]);
  if (start.state === 'failed') {
    return <ErrorPanel error={start.error} onRetry={() => setAttempt((before) => before + 1)} />;
  }
  if (start.state === 'waiting') return null;
  return (
    <I18nProvider locale="en-NZ">
      <ConfigContext value={start.config}>
        <SignedIn />
      </ConfigContext>
    </I18nProvider>
  );
}

function SignedIn() {
  const state = useSyncExternalStore(session.subscribe, session.current);
  if (state.status === 'starting') return null;
  if (state.status === 'out') {
    return (
      <Suspense fallback={<Spinner label="Loading" />}>
        <SignInPage reason={state.reason} />
      </Suspense>
    );
  }
  // Another person starts with nothing of the last one's.
  return <Console key={state.person.id} />;
}

function Console() {
  const [queries] = useState(createQueryClient);
  // What could not be asked while the connection was lost is asked once it is back.
  useEffect(
    () =>
      connection.subscribe(() => {
        if (connection.get().state === 'live') void queries.invalidateQueries();
      }),
    [queries],
  );
  return (
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  );
}
