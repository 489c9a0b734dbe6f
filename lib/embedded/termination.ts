const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What must happen before this process ends. */
export interface Cleanup {
  /** On Ctrl-C, a closed terminal or `kill`: may take its time. */
  readonly inOrder: () => Promise<void>;
  /** On any other end, such as an uncaught error: synchronous, what is not done here does not happen. */
  readonly atOnce: () => void;
}

/**
 * Cleans up when this process is asked to end, then lets the signal do what it would have done, so that the caller sees
 * the right exit status. A second signal does not wait.
 * @returns a function that takes the duty back
 */
export function beforeTermination(cleanup: Cleanup): () => void {
  let ending = false;
  const release = (): void => {
    for (const signal of signals) {
      process.off(signal, onSignal);
    }
    process.off('exit', cleanup.atOnce);
  };
  const endWith = (signal: NodeJS.Signals): void => {
    release();
    process.kill(process.pid, signal);
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    if (ending) {
      cleanup.atOnce();
      endWith(signal);
      return;
    }
    ending = true;
    cleanup.inOrder().then(
      () => {
        endWith(signal);
      },
      () => {
        cleanup.atOnce();
        endWith(signal);
      },
    );
  };
  for (const signal of signals) {
    process.on(signal, onSignal);
  }
  process.on('exit', cleanup.atOnce);
  return release;
}
