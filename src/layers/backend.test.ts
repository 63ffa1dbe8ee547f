import { describe, expect, it } from 'vitest';
import { Backend } from './backend.ts';
import { BackendError, zeroCounters } from './layer.ts';

describe('a reply that is an error', () => {
  const backend = new Backend('redis://127.0.0.1:1', zeroCounters(), () => undefined);

  it('is what Redis said', async () => {
    await expect(backend.reply(Promise.reject(new Error('OOM command not allowed')))).rejects.toThrow(
      new BackendError('OOM command not allowed'),
    );
  });

  it('of a transaction is what failed in it', async () => {
    const previousErrors = [new Error("READONLY You can't write against a read only replica."), new Error('another')];
    const aborted = Object.assign(new Error('EXECABORT Transaction discarded because of previous errors.'), { previousErrors });
    await expect(backend.reply(Promise.reject(aborted))).rejects.toThrow(new BackendError(previousErrors[0]!.message));
  });
});
