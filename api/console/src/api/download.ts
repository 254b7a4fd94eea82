import { answer, api } from './client';

/** Fetches a finished batch as a CSV file and hands it to the browser. @throws ApiFailure */
export async function saveExport(batch: { id: string; name: string }): Promise<void> {
  const file = await answer(
    api.GET('/api/registration-batches/{id}/export.csv', {
      params: { path: { id: batch.id } },
      parseAs: 'blob',
    }),
  );
  const url = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = url;
  link.download = `${batch.name.replace(/[^\p{L}\p{N}]+/gu, '-').toLowerCase() || 'batch'}.csv`;
  link.click();
  // The browser reads it after the click; the next turn is early enough for none of them.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
