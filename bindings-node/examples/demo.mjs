// The demo in Node: the story of `make demo`, told with the bare protocol, and with the same digest at its end.
//
// Webhooks, each delivered twice and shuffled, as raw signed requests; a process that is killed while it performs effects;
// another one that goes on; and two bots that answer each other until they are stopped. examples/src/bin/demo is the same in Rust.
import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Broker, cloudevents, eventgrid, github, teams } from "reynolds";

const HERE = fileURLToPath(import.meta.url);
const ROOT = join(dirname(HERE), "../..");
const HOME = process.env.DEMO_HOME ?? join(ROOT, "var/demo-node");
const RULES = join(ROOT, "examples/src/bin/demo/rules.json");
const SECRET = "the demo's webhook secret";
const KEYS = [[1, "the demo's token key"]];
const [START, STEP_MS] = [1_741_078_800_000, 61_000];
const BOT = "triage[bot]";

/** A request before anybody looked into it. */
function request(platform, headers, body) {
  return { platform, headers, body };
}

function signed(headers, body) {
  const signature = createHmac("sha256", SECRET).update(body).digest("hex");
  return request("github", [...headers, ["X-Hub-Signature-256", `sha256=${signature}`]], body);
}

function fromGithub(event, delivery, body) {
  return signed([["X-GitHub-Event", event], ["X-GitHub-Delivery", delivery]], JSON.stringify(sorted(body)));
}

/** What an endpoint does: check who sent it, then read it. */
function read({ platform, headers, body }) {
  if (platform === "github") {
    github.verify(SECRET, { headers, body });
    return [github.event({ headers, body })];
  }
  if (platform === "teams") return [teams.event({ body })];
  return platform === "eventgrid" ? eventgrid.events({ body }) : cloudevents.events({ headers, body });
}

/** The same bytes in every language need the same order of keys. */
function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]));
}

/** GitHub's published examples if `REYNOLDS_WEBHOOKS` names them, else the bundled set. */
function recorded() {
  const index = process.env.REYNOLDS_WEBHOOKS;
  if (index) {
    const named = JSON.parse(readFileSync(index, "utf8")).flatMap(({ name, examples }) => (examples ?? []).map((body) => [name, body]));
    return named.map(([name, body], number) => fromGithub(name, guid(number), body));
  }
  const lines = readFileSync(join(ROOT, "examples/data/webhooks-small.jsonl"), "utf8").trim().split("\n");
  return lines.map((line) => JSON.parse(line)).map(({ platform, headers, body }) => {
    const pairs = Object.entries(headers ?? {});
    return platform === "github" ? signed(pairs, body) : request(platform, pairs, body);
  });
}

function twiceAndShuffled(requests) {
  const order = requests.flatMap((one, number) => {
    const first = splitMix(BigInt(number)) % 1_000_000n;
    return [[first, one], [first + (splitMix(first) % 200_000n), one]];
  });
  return order.sort(([one], [other]) => Number(one - other)).map(([, one]) => one);
}

function splitMix(seed) {
  const wrap = (x) => BigInt.asUintN(64, x);
  let x = wrap(seed + 0x9e3779b97f4a7c15n);
  x = wrap((x ^ (x >> 30n)) * 0xbf58476d1ce4e5b9n);
  x = wrap((x ^ (x >> 27n)) * 0x94d049bb133111ebn);
  return x ^ (x >> 31n);
}

function guid(number) {
  const [a, b] = [splitMix(BigInt(number)), splitMix(BigInt(number) ^ 0xffff0000n)];
  const hex = (value, digits) => value.toString(16).padStart(digits, "0");
  const [c, d] = [a & 0xfffn, ((b >> 48n) & 0x3fffn) | 0x8000n];
  return `${hex(a >> 32n, 8)}-${hex((a >> 16n) & 0xffffn, 4)}-4${hex(c, 3)}-${hex(d, 4)}-${hex(b & 0xffffffffffffn, 12)}`;
}

function user(login, type = login.endsWith("[bot]") ? "Bot" : "User") {
  return { login, type };
}

/** A comment on an issue, as GitHub reports it. */
function comment(subject, id, by, body) {
  const [, full_name, number] = /^(?:github:)?(.*?)(?:#([^#]*))?$/.exec(subject);
  return fromGithub("issue_comment", guid(id), {
    action: "created",
    issue: { number: /^\d+$/.test(number ?? "") ? Number(number) : 0, title: "Login fails after the update", state: "open" },
    comment: { id, body, user: user(by) },
    repository: { id: 1, full_name },
    sender: user(by),
  });
}

/** A new issue of the bot's, as GitHub reports it. */
function opened(repository, number, text) {
  const [title, ...rest] = text.split("\n");
  return fromGithub("issues", guid(number), {
    action: "opened",
    issue: { id: number, number, title, body: rest.join("\n").trimStart(), state: "open" },
    repository: { id: 1, full_name: repository.replace("github:", "") },
    sender: user(BOT, "Bot"),
  });
}

/** The outside world: it keeps what is posted, and does not forget when a bot is killed. */
class World {
  posts = [];
  known = 0;
  #log;

  constructor(path) {
    this.#log = path;
    const lines = existsSync(path) ? readFileSync(path, "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line)) : [];
    for (const line of lines) typeof line === "number" ? (this.known = line) : this.posts.push(line);
  }

  perform(effect) {
    const { id, subject, kind } = effect;
    const number = 700_000_000 + this.posts.length;
    const object = kind === "message" ? `teams:msg/${subject.replace("teams:", "")}/${number}` : `github:${kind}/${number}`;
    const text = github.mark({ ...effect, text: github.unmark(effect.text ?? "") });
    const post = { effect: id, kind, subject, object, number, text };
    this.posts.push(post);
    this.#write(post);
    return { type: "done", object };
  }

  /** Looks for an effect by its marker, as a host does before it sends something again. */
  find(effect) {
    const post = this.posts.find(({ text }) => github.marked(text, effect));
    return post && { type: "done", object: post.object };
  }

  /** GitHub tells of what was posted there since the last time. */
  webhooks() {
    return this.posts.slice(this.known).flatMap(({ kind, subject, number, text }) => {
      if (kind === "comment") return [comment(subject, number, BOT, text)];
      return kind === "issue" ? [opened(subject, number, text)] : [];
    });
  }

  told(posts) {
    this.known = posts;
    this.#write(posts);
  }

  #write(line) {
    appendFileSync(this.#log, `${JSON.stringify(line)}\n`);
  }
}

/** What a host does with the broker, step by step. */
class Bot {
  world = new World(join(HOME, "world.jsonl"));
  late = [];
  cursor = 0;
  redelivered = 0;
  found = 0;

  static async open() {
    const bot = new Bot();
    bot.broker = await Broker.open(join(HOME, "bot.ryj"), { name: "triage", config: JSON.parse(readFileSync(RULES, "utf8")) }, KEYS);
    bot.clock = Math.max(bot.broker.status().now, START);
    return bot;
  }

  /** Takes in requests that arrived together, and what the platforms tell, and performs what follows. */
  async round(requests, watch = () => {}) {
    const [posts, webhooks, decisions] = [this.world.posts.length, this.world.webhooks(), []];
    for (const one of [...requests, ...webhooks]) {
      this.clock += STEP_MS;
      for (const event of read(one)) decisions.push(this.broker.submit(this.clock, { type: "event", ...event }));
    }
    for (const outcome of this.late.splice(0)) this.broker.submit(this.clock, outcome);
    await this.workOff(posts, watch);
    return decisions;
  }

  /** Nothing happens until then. */
  async wait(until) {
    this.clock = Math.max(this.clock, until);
    this.broker.advance(this.clock);
    await this.workOff(this.world.posts.length, () => {});
  }

  async workOff(posts, watch) {
    let effects = await this.commit();
    this.world.told(posts);
    while (effects.length > 0) {
      for (const answer of await this.perform(effects, watch)) this.broker.submit(this.clock, answer);
      effects = await this.commit();
    }
  }

  async settle() {
    while (this.late.length > 0 || this.world.known < this.world.posts.length) await this.round([]);
  }

  async commit() {
    await this.broker.commit();
    const effects = this.broker.released(this.cursor);
    this.cursor = effects.at(-1)?.release ?? this.cursor;
    return effects;
  }

  async perform(effects, watch) {
    const answers = [];
    for (const [at, effect] of effects.entries()) {
      await watch(this, at, effects);
      this.redelivered += Number(effect.redelivered);
      if (effect.type === "handle") {
        answers.push({ type: "propose", cause: effect.id, effects: [review(effect.event)] });
        continue;
      }
      const found = effect.redelivered ? this.world.find(effect) : undefined;
      this.found += Number(found !== undefined);
      const outcome = { type: "outcome", effect: effect.id, result: found ?? this.world.perform(effect), chain: effect.chain };
      // Every other comment is reported late: its webhook wins the race, as it does on the real GitHub.
      const late = effect.kind === "comment" && this.world.posts.length % 2 === 0;
      (late ? this.late : answers).push(outcome);
    }
    return answers;
  }
}

/** The host's own code: what the bot answers to a review. */
function review(event) {
  const words = (event.text ?? "").split(/\s+/).filter(Boolean).length;
  const text = `${event.actor?.id ?? "somebody"} has reviewed this in ${words} words.`;
  return { key: "summary", kind: "comment", subject: event.subject, text };
}

function together(requests) {
  return Math.min(Math.max(Math.floor(requests.length / 8), 1), 16);
}

/** Takes the first half. It is killed while it performs effects. */
async function firstProcess() {
  const [bot, requests] = [await Bot.open(), twiceAndShuffled(recorded())];
  const size = together(requests);
  let [taken, snapshot] = [0, false];
  const watch = async (bot, performed, effects) => {
    const enough = taken * 4 < requests.length * 3 ? 4 : 1;
    if (taken * 2 >= requests.length && effects.length >= enough && performed === Math.floor(effects.length / 2)) {
      console.log(JSON.stringify({ taken, digest: bot.broker.digest(), effects: effects.length, performed }));
      await new Promise((resolve) => setTimeout(resolve, 20_000));
    }
  };
  for (let start = 0; start < requests.length; start += size) {
    const part = requests.slice(start, start + size);
    taken += part.length;
    await bot.round(part, watch);
    if (!snapshot && taken * 4 >= requests.length) {
      await bot.broker.saveSnapshot();
      snapshot = true;
    }
  }
}

/** Starts the first process, and kills it when it says that it is in the middle of its work. */
async function runAndKill() {
  const child = spawn(process.execPath, [HERE, "--until-killed"], { stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: child.stdout })) {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
    return JSON.parse(line);
  }
  throw new Error("the first process ended by itself");
}

/** Lets a person write on an issue and two bots answer each other until something stops them. */
async function pingPong(bot, carry, issue, first) {
  let requests = [comment(issue, first, "anna", "The login page answers 500 since this morning.")];
  for (let pass = 1; pass <= 100; pass++) {
    const before = bot.world.posts.length;
    const [decision] = await bot.round(requests);
    const denied = decision.verdicts.find(({ type }) => type === "denied");
    if (denied) return denied;
    const held = decision.verdicts.find(({ type }) => type === "held");
    if (held) await bot.wait(held.until);
    const messages = bot.world.posts.slice(before).filter(({ kind }) => kind === "message");
    requests = messages.map(({ text }) => comment(issue, first + pass, "mirror[bot]", carry(text, (first + pass) % 1000)));
  }
  return undefined;
}

/** A person answers in the thread in Teams where the loop was. Is that still carried to the issue? */
async function personIsHeard(bot, issue) {
  const thread = bot.world.posts.find(({ subject, text }) => subject.includes("19:bridge") && text.includes("login"));
  const root = thread.object.split("/").at(-1);
  const before = bot.world.posts.length;
  const activity = {
    type: "message", id: "1741200000001", channelId: "msteams", timestamp: "2025-03-05T18:40:00.000Z",
    conversation: { id: `19:bridge@thread.tacv2;messageid=${root}`, conversationType: "channel" },
    from: { id: "29:ben", aadObjectId: "ben", name: "Ben" }, replyToId: root, text: "It was the new certificate. Fixed.",
  };
  await bot.round([request("teams", [], JSON.stringify(sorted(activity)))]);
  const heard = bot.world.posts.slice(before).filter(({ kind, subject }) => kind === "comment" && subject === issue);
  await bot.settle();
  return heard.some(({ text }) => text.startsWith("Ben answers in Teams: It was the new"));
}

async function story() {
  const requests = twiceAndShuffled(recorded());
  rmSync(HOME, { recursive: true, force: true });
  mkdirSync(HOME, { recursive: true });
  console.log(`1  A bot takes webhooks, and is killed: ${requests.length / 2} requests, each delivered twice and shuffled`);
  const dying = await runAndKill();
  console.log(`   killed while it performs ${dying.effects} effects; ${dying.performed} of them have reached the platforms`);

  const bot = await Bot.open();
  const same = bot.broker.digest() === dying.digest;
  console.log(`2  A new process goes on from record ${bot.broker.opened.last}, digest ${bot.broker.digest()}, ${same ? "as before" : "ANOTHER ONE"}`);
  await bot.round([]);
  console.log(`   ${bot.redelivered} effects come again under their old ids; ${bot.found} are found on the platforms, the others are sent`);
  const size = together(requests);
  for (let start = dying.taken; start < requests.length; start += size) await bot.round(requests.slice(start, start + size));
  await bot.settle();

  console.log("3  Two bots answer each other");
  const issues = ["github:acme/api#7", "github:acme/api#8"];
  const carriers = [["word for word", (text) => text], ["reworded", (text, pass) => `Pass ${pass} of this message:\n${text}`]];
  const stops = [];
  for (const [at, [name, carry]] of carriers.entries()) {
    const stop = await pingPong(bot, carry, issues[at], 800_000_000 + at * 1000);
    console.log(`   copied ${name}: ${stop ? `refused at hop ${stop.hop} (${stop.reason})` : "NOT STOPPED"}`);
    stops.push(stop);
  }
  const heard = await personIsHeard(bot, issues[0]);
  console.log(`   then a person answers in the same thread: ${heard ? "heard" : "NOT HEARD"}`);

  const effects = bot.world.posts.map(({ effect }) => effect);
  const promises = {
    "restored to the same digest": same,
    "every loop stopped": stops.every(Boolean),
    "a person is still heard": heard,
    "nothing was sent twice": new Set(effects).size === effects.length,
    "nothing is still open": bot.broker.open().length === 0,
  };
  console.log("4  What came of it");
  for (const [promise, kept] of Object.entries(promises)) console.log(`   ${kept ? "✓" : "✕"} ${promise}`);
  console.log(`   digest of the state  ${bot.broker.digest()}, the same as in Rust and Python`);
  bot.broker.close();
  return Object.values(promises).every(Boolean);
}

if (process.argv[2] === "--until-killed") await firstProcess();
else process.exitCode = (await story()) ? 0 : 1;
