/** Serves the operations console: its files as `npm run build` made them, its settings, and one page for all of its addresses. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import express, { Router, type RequestHandler, type Response } from 'express';
import expressStaticGzip from 'express-static-gzip';
import type { ApiSettings } from '../../domain/settings';
import { consoleConfig } from './config';
import { developmentSession } from './development-sign-in';

/** Where the build puts the console: beside us in `dist`. Beside our sources stand those of the console, which are not served. */
const BUILT = path.resolve(__dirname, '../console');
const PAGE = path.join(BUILT, 'index.html');
const ASSETS = path.join(BUILT, 'assets');

/** Addresses that are never the console's: what is unknown there is answered as JSON, whoever asks. */
const NOT_PAGES = /^\/(?:api|docs|healthz|readyz|metrics|openapi\.json|assets|console)(?:\/|$)/;

const YEAR_SECONDS = 365 * 24 * 3600;

export function consoleRouter(settings: ApiSettings): Router {
  const router = Router();
  if (!settings.CONSOLE) return router;
  const config = consoleConfig(settings);
  router.get('/console/config.json', (_req, res) => {
    res.locals['route'] = '/console/config.json';
    res.setHeader('Cache-Control', 'no-cache');
    res.json(config);
  });
  if (settings.DEVELOPMENT_SIGN_IN.length > 0) {
    router.post('/console/development-sign-in', express.json({ limit: 1024 }), async (req, res) => {
      res.locals['route'] = '/console/development-sign-in';
      res.setHeader('Cache-Control', 'no-store');
      res.json(await developmentSession(settings, req));
    });
  }
  router.use('/assets', assets());
  router.get('/{*page}', page());
  return router;
}

/** Their names hold a hash of their contents, so they are kept for good. The build has put each in a compressed form beside it. */
function assets(): RequestHandler {
  return expressStaticGzip(ASSETS, {
    index: false,
    enableBrotli: true,
    orderPreference: ['br', 'gzip'],
    serveStatic: {
      redirect: false,
      immutable: true,
      maxAge: YEAR_SECONDS * 1000,
      setHeaders: (res) => {
        (res as Response).locals['route'] = '/assets';
      },
    },
  });
}

/** The console finds by itself what an address of its own means; asked for anew each time, since it names the assets of this release. */
function page(): RequestHandler {
  return (req, res, next) => {
    if (NOT_PAGES.test(req.path) || req.accepts(['json', 'html']) !== 'html') return next();
    res.locals['route'] = 'console';
    res.setHeader('Cache-Control', 'no-cache');
    if (!existsSync(ASSETS)) {
      res.status(503).type('text/plain').send('The console is not built: run `npm run build`.\n');
      return;
    }
    res.sendFile(PAGE);
  };
}
