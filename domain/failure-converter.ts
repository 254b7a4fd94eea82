/** How errors become Temporal failures, in workflows too: this module is part of the workflow bundle, so nothing from Node. */
import { DefaultFailureConverter, type PayloadConverter, type ProtoFailure } from '@temporalio/common';

/**
 * Messages and stack traces go into a payload, so that the codec encrypts them like every other; the engine sees "Encoded failure".
 * The class of a failure stays readable: the engine decides by it whether to retry.
 */
class EncodedFailureConverter extends DefaultFailureConverter {
  constructor() {
    super({ encodeCommonAttributes: true });
  }

  /** A copy: the base class writes "Encoded failure" into what it is given, and an error that came from a failure is told by that one. */
  override errorToFailureInner(error: unknown, payloadConverter: PayloadConverter): ProtoFailure {
    return { ...super.errorToFailureInner(error, payloadConverter) };
  }
}

export const failureConverter = new EncodedFailureConverter();
