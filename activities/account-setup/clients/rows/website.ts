/** Rows 2 and 6: the website's code and its settings. */
import { z } from 'zod';
import type { Tint } from '../../../../domain/configuration/types';
import { defineRow, fails, idText, missing, registrationPath, shortText, webAddress } from './row';
import { LOGIN_FAILURES } from './restaurant';

export const codeGeneration = defineRow({
  feature: 'codeInjection',
  request: ({ restaurantId, configuration: { website } }) => ({
    path: registrationPath('/generate-code-injections'),
    body: { restaurantId, noGradient: website.disableGradients },
  }),
  success: z.object({
    codeInjectionId: idText.nullable(),
    generatedAt: shortText.max(40),
    filePaths: z.looseObject({}).nullish(),
  }),
  interpret: ({ codeInjectionId, generatedAt }) =>
    // null: made, but not stored, so nobody can use it; it is made again.
    codeInjectionId === null
      ? { state: 'failed', failure: 'ReportedFailure' }
      : { state: 'succeeded', output: { codeInjectionId, generatedAt } },
  known: [
    {
      text: /(primary|secondary) colou?r[^\n]*(missing|required)|colou?rs? (missing|required)/,
      is: fails('InvalidInput'),
    },
  ],
  rerunCompletes: true,
});

const tint = (value: Tint): string | null => (value === 'none' ? null : value);

export const websiteConfig = defineRow({
  feature: 'websiteSettings',
  request({ restaurantId, configuration: { website }, outputs }) {
    const codeInjectionId = outputs.codeGeneration?.['codeInjectionId'];
    if (typeof codeInjectionId !== 'string') return missing('codeGeneration.codeInjectionId');
    return {
      path: registrationPath('/configure-website'),
      body: {
        restaurantId,
        codeInjectionId,
        filePaths: null,
        headerConfig: { enabled: website.configureHeader, backgroundSource: website.headerImageSource },
        itemsConfig: { layout: website.itemLayout },
        textColorConfig: { navText: website.navTextColor, boxText: website.cardTextColor },
        navLogoTintConfig: {
          darkColor: tint(website.navLogoDarkTint),
          lightColor: tint(website.navLogoLightTint),
        },
        headerLogoTintConfig: {
          darkColor: tint(website.headerLogoDarkTint),
          lightColor: tint(website.headerLogoLightTint),
        },
      },
    };
  },
  success: z.object({ uploadedLogoUrl: webAddress.nullish().catch(null), demoStoreUrl: webAddress }),
  interpret: ({ uploadedLogoUrl, demoStoreUrl }) => ({
    state: 'succeeded',
    output: { demoStoreUrl, uploadedLogoUrl: uploadedLogoUrl ?? null },
  }),
  known: [
    { text: /no code injection|code injection not found/, is: fails('InvalidInput') },
    ...LOGIN_FAILURES,
  ],
  // Killed half-way with `partialSuccess`: the second run does the rest.
  rerunCompletes: true,
});
