/** The backend's reads. Their bodies hold stored passwords and megabytes of images: each schema names what is kept. */
import { z } from 'zod';
import type { SubStepKey } from '../../../domain/sub-steps';
import { routed, type RoutedPath } from '../../../domain/telemetry/outside-calls';
import { backendHeaders, joinUrl, read, type BackendSettings, type ReadResult } from './backend-transport';
import { readPlatformRestaurant, type PlatformRestaurant } from './platform-read';
import type { SubStepCall } from './request-types';
import { countField, idText, shortText, webAddress } from './rows/row';

/** A page address that does not look like one is treated as not set. */
const optionalAddress = webAddress.nullish().catch(null);

const statusSchema = z.object({
  hasAccount: z.boolean(),
  hasRestaurant: z.boolean(),
  account: z.object({ email: z.string().nullish(), pumpd_user_id: idText.nullish() }).nullish(),
  pumpdRestaurant: z
    .object({
      pumpd_restaurant_id: idText.nullish(),
      pumpd_subdomain: shortText.nullish().catch(null),
      pumpd_full_url: optionalAddress,
      registration_status: z.string().nullish(),
      dashboard_url: optionalAddress,
    })
    .nullish(),
});

const codeSchema = z.object({
  hasContent: z.boolean(),
  codeInjectionId: idText.nullish(),
  generatedAt: shortText.max(40).nullish(),
});

const logSchema = z.object({
  action: z.string(),
  status: z.string(),
  created_at: z.string(),
  response_data: z.object({ userEmail: z.string().nullish() }).nullish().catch(null),
});
const logsSchema = z
  .union([z.object({ logs: z.array(logSchema) }), z.array(logSchema).transform((logs) => ({ logs }))])
  .transform(({ logs }) => logs);

const batchSchema = z
  .object({
    batch: z.object({
      status: z.string(),
      progress: z.object({ total: countField, uploaded: countField, failed: countField }),
    }),
  })
  .transform(({ batch }) => batch);

const imageStatsSchema = z
  .object({
    stats: z.object({
      totalImages: countField,
      uploadedImages: countField,
      failedUploads: countField,
      pendingUploads: countField,
    }),
  })
  .transform(({ stats }) => stats);

const restaurantSchema = z
  .object({ restaurant: z.object({ demo_store_url: optionalAddress, stripe_connect_url: optionalAddress }) })
  .transform(({ restaurant }) => restaurant);

export type RegistrationStatus = z.output<typeof statusSchema>;
export type GeneratedCode = z.output<typeof codeSchema>;
export type RegistrationLog = z.output<typeof logSchema>;
export type UploadBatch = z.output<typeof batchSchema>;
export type ImageStats = z.output<typeof imageStatsSchema>;
export type RestaurantLinks = z.output<typeof restaurantSchema>;

/** What one attempt can read; `platform` is null when no reader is configured. */
export interface Reads {
  status(): Promise<ReadResult<RegistrationStatus>>;
  code(): Promise<ReadResult<GeneratedCode>>;
  logs(): Promise<ReadResult<RegistrationLog[]>>;
  uploadBatch(batchId: string): Promise<ReadResult<UploadBatch>>;
  imageStats(menuId: string): Promise<ReadResult<ImageStats>>;
  links(): Promise<ReadResult<RestaurantLinks>>;
  platform: ((pumpdRestaurantId: string) => Promise<ReadResult<PlatformRestaurant>>) | null;
}

export function createReads(settings: BackendSettings, key: SubStepKey, call: SubStepCall): Reads {
  const get = <T>({ path, route }: RoutedPath, schema: z.ZodType<T>): Promise<ReadResult<T>> =>
    read({
      url: joinUrl(settings.baseUrl, path),
      target: { system: 'backend', route },
      headers: backendHeaders(settings, key, call),
      schema,
      key,
      call,
      limits: settings.limits,
    });
  const { restaurantId } = call;
  const { platformReadBaseUrl } = settings;
  return {
    status: () => get(routed`/api/registration/status/${restaurantId}`, statusSchema),
    code: () => get(routed`/api/registration/code-injection/${restaurantId}`, codeSchema),
    logs: () => get(routed`/api/registration/logs/${restaurantId}`, logsSchema),
    uploadBatch: (batchId) => get(routed`/api/upload-batches/${batchId}`, batchSchema),
    imageStats: (menuId) => get(routed`/api/menus/${menuId}/cdn-stats`, imageStatsSchema),
    links: () => get(routed`/api/restaurants/${restaurantId}`, restaurantSchema),
    platform: platformReadBaseUrl
      ? (id) => readPlatformRestaurant({ ...settings, platformReadBaseUrl }, key, call, id)
      : null,
  };
}
