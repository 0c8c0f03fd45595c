import type { PlanResult, Reason } from "./answers.js";
import type { Broker } from "./broker.js";
import type { Clock } from "./clock.js";
import { passing } from "./errands.js";
import { ReynoldsError } from "./errors.js";
import { record } from "./json.js";
import type { Performed } from "./options.js";
import { says } from "./outcomes.js";
import { Shortage } from "./shortage.js";
import { clock } from "./turn.js";
import type { AskEffect, Decision, Input, Plan, PlanControl, PlanStatus } from "./types.js";

/** Shows a question to a person. See `Options`. */
export type Ask = (question: AskEffect) => unknown;

/** Which plan, or which task of one. */
export interface About {
  plan: string;
  task?: string;
  tenant?: string;
}

interface Waiting {
  plan: string;
  tenant: string;
  resolve(result: PlanResult): void;
  reject(error: ReynoldsError): void;
}

/** What plans need of their host. */
interface Office {
  readonly broker: Broker;
  readonly clock: Clock;
  readonly asks: Ask | undefined;
  submit(input: Input): Promise<Decision>;
  /** Submits what is not to be forgotten: again, while the broker does not take it. */
  insist(input: Input): Promise<Decision>;
  trouble(error: ReynoldsError): void;
}

/** Plans: who waits for their ends, and the people they ask. */
export class Plans {
  readonly #waiting = new Set<Waiting>();

  readonly #shortage: Shortage;

  constructor(readonly office: Office) {
    this.#shortage = new Shortage(office.clock, (error) => office.trouble(error));
  }

  async run(plan: Plan): Promise<PlanResult> {
    const known = this.#known(plan) !== null;
    let decision: Decision | undefined;
    try {
      decision = await this.office.submit({ ...plan, type: "plan" });
    } catch (error) {
      // What is known need not be taken: its cause may be forgotten, or the clock has jumped.
      if (!known || !(passing(error) || (error as ReynoldsError).code === "RY1008")) throw error;
    }
    this.#compare(plan, decision);
    const tenant = plan.tenant ?? "";
    return new Promise((resolve, reject) => {
      this.#waiting.add({ plan: plan.id, tenant, resolve, reject });
      this.#look(plan.id, tenant);
    });
  }

  #known(plan: Plan): PlanStatus | null {
    if (!record(plan) || typeof plan.id !== "string") return null;
    return this.office.broker.plan(plan.id, typeof plan.tenant === "string" ? plan.tenant : undefined);
  }

  /** A plan that is known by its id is not begun again, whatever its tasks are: that is said where they are others. */
  #compare(plan: Plan, decision: Decision | undefined): void {
    const known = new Set(this.#known(plan)?.tasks.map(({ task }) => task));
    const missing = plan.tasks.map(({ id }) => id).filter((id) => !known.has(id));
    const differs = decision?.verdicts.flatMap((verdict) => (verdict.type === "known" ? verdict.differs : [])) ?? [];
    const names = missing.length > 0 ? missing : differs;
    if (known.size === 0 || names.length === 0) return;
    const has = missing.length > 0 ? "has no task" : "has another definition of";
    const listed = names.map((name) => `\`${name}\``).join(", ").slice(0, 200);
    const what = `the plan \`${plan.id}\` is known, and ${has} ${listed}`;
    this.office.trouble(new ReynoldsError(`RY2206: ${what}; \`run\` waits for the one that is known; give a new plan a new id`));
  }

  explain({ plan, task, tenant }: About): string {
    const status = this.office.broker.plan(plan, tenant);
    if (!status) return `${plan}: no such plan, or it was forgotten after its end`;
    const names = task === undefined ? status.tasks.map((one) => one.task) : [task];
    const why = status.because === undefined ? "" : ` because ${status.because}`;
    const lines = task === undefined ? [`${plan}: ${status.state}${why}`] : [];
    return [...lines, ...names.map((name) => `${plan}/${name}: ${this.#words(plan, name, tenant)}`)].join("\n");
  }

  #words(plan: string, task: string, tenant: string | undefined): string {
    const found = this.office.broker.task(plan, task, tenant);
    if (!found) return "no such task";
    const choice = found.state === "ready" ? this.office.broker.choice(plan, task, tenant) : null;
    return found.words + (choice?.excluded ?? []).map(({ id, reason }) => `; not ${id}: ${because(reason)}`).join("");
  }

  order(plan: string, order: PlanControl, tenant?: string): Promise<Decision> {
    return this.office.submit(command(plan, order, tenant));
  }

  /** Hears what became of plans. */
  decided(decision: Decision): void {
    this.#shortage.decided(decision);
    for (const verdict of decision.verdicts) if (verdict.type === "plan") this.#look(verdict.plan, verdict.tenant ?? "");
  }

  /** Shows a question, and hands on the answer. */
  async ask(effect: AskEffect): Promise<Performed> {
    const [plan, task] = split(effect.task);
    if (!this.office.asks) {
      this.office.trouble(new ReynoldsError(`RY2211: the task ${effect.task} asks a person: give \`ask\` to \`open\`, or answer with \`order\``));
      return { type: "done" };
    }
    let value: unknown;
    try {
      value = await this.office.asks(effect);
    } catch (error) {
      this.office.trouble(new ReynoldsError(`RY2212: \`ask\` has thrown for the task ${effect.task}, it is asked again: ${says(error)}`, { cause: error }));
      return { type: "ambiguous" };
    }
    if (value === undefined) return { type: "done" };
    try {
      await this.office.insist(command(plan, { type: "answer", task, value }, effect.tenant));
    } catch (error) {
      await this.#notTaken(effect, error as ReynoldsError);
    }
    return { type: "done" };
  }

  /** Whoever has answered believes that it is answered: the question must not wait for ever. */
  async #notTaken(effect: AskEffect, error: ReynoldsError): Promise<void> {
    const [plan, task] = split(effect.task);
    if (error.code === "RY2202" || passing(error)) return;
    // Somebody else has answered meanwhile, or it has ended.
    if (this.office.broker.task(plan, task, effect.tenant)?.state !== "asking") return this.office.trouble(error);
    const what = `what \`ask\` returned for the task ${effect.task} is no answer, its plan is cancelled; return JSON of at most 16 KiB`;
    this.office.trouble(new ReynoldsError(`RY2208: ${what}: ${error.message}`, { cause: error }));
    try {
      await this.office.insist(command(plan, { type: "cancel" }, effect.tenant));
    } catch (error) {
      this.office.trouble(error as ReynoldsError);
    }
  }

  /** The host begins to close. */
  close(): void {
    this.#shortage.close();
  }

  giveUp(why: ReynoldsError): void {
    this.close();
    for (const waiting of this.#waiting) waiting.reject(why);
    this.#waiting.clear();
  }

  #look(plan: string, tenant: string): void {
    for (const waiting of this.#waiting) {
      if (waiting.plan !== plan || waiting.tenant !== tenant) continue;
      const status = this.office.broker.plan(plan, tenant);
      if (status && status.ended_at === undefined) continue;
      this.#waiting.delete(waiting);
      if (status) waiting.resolve(resultOf(status));
      else waiting.reject(new ReynoldsError(`RY1018: plan \`${plan}\` was forgotten after its end (limits.plans)`));
    }
  }
}

/** Its tasks by name. What is said of the plan is none of them: a task that is called so goes before it. */
function resultOf(status: PlanStatus): PlanResult {
  const result = Object.fromEntries(status.tasks.map((task) => [task.task, task]));
  for (const [name, value] of Object.entries({ state: status.state, status })) {
    if (!Object.hasOwn(result, name)) Object.defineProperty(result, name, { value });
  }
  return result as PlanResult;
}

function command(plan: string, order: PlanControl, tenant: string | undefined): Input {
  return { type: "command", do: { type: "plan", plan, order }, ...(tenant !== undefined && { tenant }) };
}

/** Why an agent is left out. */
export function because({ type, ...more }: Reason): string {
  const facts = Object.entries(more).map(([key, value]) => `${key} ${key === "until" ? clock(Number(value)) : value}`);
  return facts.length > 0 ? `${type} (${facts.join(", ")})` : type;
}

/** `plan/task`, where the task may have a `/` of its own. */
export function split(task: string): [plan: string, task: string] {
  const at = task.indexOf("/");
  return [task.slice(0, at), task.slice(at + 1)];
}

