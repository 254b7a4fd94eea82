import { OpenAPIRegistry, OpenApiGeneratorV31 } from '@asteasolutions/zod-to-openapi';
import { Router } from 'express';
import swaggerUi from 'swagger-ui-express';

export function createRegistry(): OpenAPIRegistry {
  const registry = new OpenAPIRegistry();
  registry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: "A user's Supabase access token, or a service's own token (`svc_…`)",
  });
  return registry;
}

function document(registry: OpenAPIRegistry) {
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: {
      title: 'Registration batches',
      version: '1',
      description:
        'Registers batches of restaurants for online ordering. Errors are `{ success: false, error: { code, message, retryable, details } }`; ids of other organisations answer like unknown ones.',
    },
    servers: [{ url: '/' }],
  });
}

/** `/openapi.json` and the page that shows it. To be called once every route is registered. */
export function documentationRouter(registry: OpenAPIRegistry): Router {
  const openApi = document(registry);
  return Router()
    .get('/openapi.json', (_req, res) => {
      res.locals['route'] = '/openapi.json';
      res.json(openApi);
    })
    .use('/docs', swaggerUi.serve, swaggerUi.setup(openApi, { customSiteTitle: 'Registration batches' }));
}
