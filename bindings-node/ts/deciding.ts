import type { Broker } from "./broker.js";
import { ReynoldsError, unplaced } from "./errors.js";
import { encode, type Json } from "./json.js";
import type { Decision, Input } from "./types.js";

/** So many characters are handed over in one call. */
const CHARACTERS = 1 << 18;
/** So many leave room beside what waits for the disk, whatever they are: of 64 MiB, a character takes three bytes at most. */
const FIT = 1 << 23;

/** An input, and who waits for what becomes of it. None of these may throw. */
export interface Letter {
  readonly input: Json<Input>;
  /** It is decided and durable, and none of its effects has left yet. */
  readonly heard?: ((decision: Decision) => void) | undefined;
  /** Its effects have left. */
  resolve(decision: Decision): void;
  reject(error: unknown): void;
}

/** What became of a letter: one of the two. */
export interface Answered {
  readonly letter: Letter;
  readonly decision?: Decision;
  readonly error?: unknown;
}

/**
 * Decides letters in their order. Many in one call: the call costs more than what is decided in it. It ends before the first that does
 * not fit beside what waits for the disk, so that what one has said keeps its order.
 */
export function decideAll(broker: Broker, now: number, letters: readonly Letter[]): Answered[] {
  const answers: Answered[] = [];
  let together: Letter[] = [];
  let texts: string[] = [];
  let [characters, all] = [0, 0];
  const decide = () => {
    answers.push(...decideTogether(broker, now, together, texts));
    [together, texts, characters] = [[], [], 0];
  };
  for (const letter of letters) {
    const { input } = letter;
    const text = isText(input) ? undefined : textOf(input);
    const size = (isText(input) ? input : text)?.length ?? 0;
    all += size;
    if (text === undefined || all > FIT) {
      decide();
      const answer = decideOne(broker, now, letter);
      if (answers.length > 0 && isStagedFull(answer.error)) return answers;
      answers.push(answer);
      continue;
    }
    if (characters + size > CHARACTERS) decide();
    together.push(letter);
    texts.push(text);
    characters += size;
  }
  decide();
  return answers;
}

/** What came as a text goes by itself: it need not be one input, or even JSON. */
function isText(input: Json<Input>): input is string | Uint8Array {
  return typeof input === "string" || input instanceof Uint8Array;
}

function textOf(input: Input): string | undefined {
  try {
    return encode(input, "input");
  } catch {
    // The broker says what is wrong with it.
    return undefined;
  }
}

function decideOne(broker: Broker, now: number, letter: Letter): Answered {
  try {
    return { letter, decision: broker.submit(now, letter.input) };
  } catch (error) {
    return { letter, error };
  }
}

function decideTogether(broker: Broker, now: number, letters: readonly Letter[], texts: readonly string[]): Answered[] {
  if (letters.length === 0) return [];
  return broker.submitAll(now, `[${texts.join(",")}]`).map((answer, at) => {
    const letter = letters[at]!;
    if (!("code" in answer)) return { letter, decision: answer };
    return { letter, error: unplaced(new ReynoldsError(answer.message, { field: answer.field })) };
  });
}

function isStagedFull(error: unknown): boolean {
  return (error as ReynoldsError | undefined)?.code === "RY1007" && (error as ReynoldsError).field === "staged";
}
