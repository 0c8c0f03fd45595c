import { randomBytes } from "node:crypto";
import { Broker } from "./broker.js";
import { checkOptions } from "./check.js";
import { systemClock } from "./clock.js";
import { configOf } from "./config.js";
import { ReynoldsError, unplaced } from "./errors.js";
import { Reynolds } from "./host.js";
import { encode } from "./json.js";
import type { Options } from "./options.js";
import { fileStorage, memoryStorage } from "./storage.js";

/**
 * Opens the journal folder `path`, or begins a new one, and the loop around it: decide, store, perform, report, wake.
 * What was under way when the journal was last used is looked for and taken up again.
 *
 * One process owns a journal, until `close`. `":memory:"` is a journal that nothing survives, for tests.
 *
 * @throws RY2101 if the journal is open already, RY2102 to RY2107 and RY3xxx if it can not be read, RY2105 for another name,
 *   RY2206, RY1001 and RY1014 for options that can not be used.
 */
export async function open(path: string, options: Options): Promise<Reynolds> {
  checkOptions(options);
  if (typeof path !== "string" || path === "") throw new ReynoldsError("RY2206: the path must be a folder's, or \":memory:\"");
  try {
    return await opening(path, options);
  } catch (error) {
    throw unplaced(error);
  }
}

async function opening(path: string, options: Options): Promise<Reynolds> {
  const config = configOf(options);
  const genesis = encode({ name: options.name, seed: options.seed ?? drawn(), config, at: 0 }, "options");
  if (path === ":memory:") {
    const broker = new Broker(genesis, options.keys);
    return new Reynolds(broker, memoryStorage(broker), options, { fresh: true, last: 1, replayed: 0, config_differs: false });
  }
  const broker = await Broker.open(path, genesis, options.keys);
  const opened = broker.opened!;
  const storage = fileStorage(broker);
  try {
    if (opened.config_differs) {
      broker.submit((options.clock ?? systemClock).now(), { type: "configure", config });
      await storage.commit();
      console.warn("reynolds: the options differ from the configuration of the journal, and take its place (`opened`: `config_differs`)");
    }
  } catch (error) {
    storage.close();
    throw error;
  }
  return new Reynolds(broker, storage, options, opened);
}

/** A seed nobody can guess. Only a new journal takes it: its first record keeps it. */
function drawn(): number {
  return Number(randomBytes(8).readBigUInt64LE() >> 11n);
}
