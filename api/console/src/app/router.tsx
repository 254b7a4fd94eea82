/** Each address and its page. A page is loaded when it is first wanted; its file exports the component as `default`. */
import { lazy, type ComponentType } from 'react';
import { createBrowserRouter, Outlet, useHref, useNavigate, useRouteError } from 'react-router';
import { RouterProvider as AriaRouter } from 'react-aria-components';
import { ErrorPanel, Page } from '../ui';
import { Shell } from './Shell';

const page = (load: () => Promise<{ default: ComponentType }>) => {
  const Loaded = lazy(load);
  return <Loaded />;
};

export const router = createBrowserRouter([
  {
    element: <Linked />,
    errorElement: <Broken />,
    children: [
      {
        element: <Shell />,
        children: [
          {
            errorElement: <Broken />,
            children: [
              { index: true, element: page(() => import('../pages/batches/BatchesPage')) },
              { path: 'batches/new', element: page(() => import('../pages/new-batch/NewBatchPage')) },
              { path: 'batches/:batchId', element: page(() => import('../pages/batch/BatchPage')) },
              { path: 'batches/:batchId/jobs/:jobId', element: page(() => import('../pages/job/JobPage')) },
              { path: 'needs-you', element: page(() => import('../pages/needs-you/NeedsYouPage')) },
              { path: '*', element: page(() => import('../pages/NotFoundPage')) },
            ],
          },
        ],
      },
    ],
  },
]);

/** An address of another site stays what it is. */
function useLinkHref(href: string): string {
  const own = useHref(href);
  return URL.canParse(href) ? href : own;
}

/** Links and menus of React Aria go through the router. */
function Linked() {
  const navigate = useNavigate();
  return (
    <AriaRouter navigate={(path: string) => void navigate(path)} useHref={useLinkHref}>
      <Outlet />
    </AriaRouter>
  );
}

/** A page whose code threw: the rest of the console stays. */
function Broken() {
  const thrown = useRouteError();
  return (
    <Page title="Something went wrong">
      <ErrorPanel
        error={thrown instanceof Error ? thrown : new Error(String(thrown))}
        onRetry={() => window.location.reload()}
      />
    </Page>
  );
}
