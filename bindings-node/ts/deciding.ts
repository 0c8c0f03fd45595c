import type { Broker } from "./broker.js";
import { ReynoldsError, unplaced } from "./errors.js";
import { encode, type Json } from "./json.js";
import type { Decision, Input } from "./types.js";

/** So many characters are handed over in one call, or one input if it has more. */
const CHARACTERS = 1 << 18;

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

/** Decides letters in their order. Many in one call: the call costs more than what is decided in it. */
export function decideAll(broker: Broker, now: number, letters: readonly Letter[]): Answered[] {
  const answers: Answered[] = [];
  let together: Letter[] = [];
  let texts: string[] = [];
  let characters = 0;
  const decide = () => {
    answers.push(...decideTogether(broker, now, together, texts));
    [together, texts, characters] = [[], [], 0];
  };
  for (const letter of letters) {
    const text = textOf(letter.input);
    if (text === undefined || characters + text.length > CHARACTERS) decide();
    if (text === undefined) {
      answers.push(decideOne(broker, now, letter, letter.input));
      continue;
    }
    together.push(letter);
    texts.push(text);
    characters += text.length;
  }
  decide();
  return answers;
}

/** The text of an input, if it can be one of several: what came as a text need not be one input, or even JSON. */
function textOf(input: Json<Input>): string | undefined {
  if (typeof input === "string" || input instanceof Uint8Array) return undefined;
  try {
    return encode(input, "input");
  } catch {
    // The broker says what is wrong with it.
    return undefined;
  }
}

function decideOne(broker: Broker, now: number, letter: Letter, input: Json<Input>): Answered {
  try {
    return { letter, decision: broker.submit(now, input) };
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
