import { Broker } from "./broker.js";

/** Where a host keeps its records. */
export interface Storage {
  /** Stores everything decided so far and marks it durable. After an error nobody knows what is stored. */
  commit(): Promise<void> | void;
  /** Stores a snapshot: the last record in it. */
  snapshot(): Promise<number>;
  /** Lets go of the storage, after what is being written. */
  close(): void;
}

/** The journal folder. Disk work runs on Node's thread pool, the lock is the process's until it is closed. */
export function fileStorage(broker: Broker): Storage {
  return {
    commit: async () => void (await broker.commit()),
    snapshot: () => broker.saveSnapshot(),
    close: () => broker.close(),
  };
}

/** Nothing survives the process: for tests. Effects still wait for their record, as with a disk. */
export function memoryStorage(broker: Broker): Storage {
  let appended = 0;
  return {
    commit() {
      const segment = broker.staged(appended);
      if (!segment) return;
      appended = segment.last;
      broker.markDurable(appended);
    },
    snapshot: async () => broker.snapshot().seq,
    close() {},
  };
}
