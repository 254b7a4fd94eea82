/** Settings with which the API starts. */
export const validEnvironment = {
  API_PORT: '4000',
  SUPABASE_URL: 'http://127.0.0.1:54321',
  SUPABASE_SERVICE_ROLE_KEY: 'service-key',
  SUPABASE_JWT_SECRET: 'a-shared-secret-of-some-length-1234',
  TEMPORAL_ADDRESS: '127.0.0.1:7233',
  SEAL_KEYS: `k1:${Buffer.alloc(32, 7).toString('base64')}`,
  PAYLOAD_KEYS: `p1:${Buffer.alloc(32, 8).toString('base64')}`,
  OWNER_KEY_SECRET: 'an-owner-secret-1234',
  WEBHOOK_SECRET: 'a-webhook-secret-1234',
};
