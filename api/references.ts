/** Ids of sealed secrets and owners' keys stand in configurations and in what sub-steps gave; people have no use for them. */

const REFERENCES: ReadonlySet<string> = new Set(['passwordRef', 'userPasswordRef', 'secret_id', 'ownerKey']);

export function isReference(key: string): boolean {
  return REFERENCES.has(key);
}

/** A copy without them, however deep they stand. */
export function withoutReferences<T>(value: T): T;
export function withoutReferences(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((child: unknown) => withoutReferences(child));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !isReference(key))
      .map(([key, child]) => [key, withoutReferences(child)]),
  );
}
