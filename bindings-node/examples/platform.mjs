// A GitHub in memory, with the few calls of Probot and Octokit that the quickstart uses. Yours are the real ones.
/**
 * @typedef {{ login: string, type: "User" | "Bot" }} User
 * @typedef {{ id: number, body: string, user: User, issue: string }} Comment
 * @typedef {ReturnType<typeof payload> & { isBot: boolean, log: { warn(what: string): void } }} Context
 * @typedef {{ owner: string, repo: string, issue_number: number }} Issue
 */

/** @type {Comment[]} */
const comments = [];
/** @type {Map<string, (ctx: Context) => unknown>} */
const handlers = new Map();
let deliveries = 0;

export const octokit = {
  rest: {
    issues: {
      /** @param {Issue & { body: string, request?: { retries: number } }} comment */
      async createComment({ owner, repo, issue_number, body }) {
        /** @type {Comment} */
        const data = { id: comments.length + 1, body, user: { login: "triage[bot]", type: "Bot" }, issue: `${owner}/${repo}#${issue_number}` };
        comments.push(data);
        // GitHub tells of it, as of everybody else's.
        setTimeout(() => deliver(payload(data)), 5);
        return { data };
      },
      /** @param {Issue & { per_page?: number, page?: number }} issue */
      async listComments({ owner, repo, issue_number, per_page = 30, page = 1 }) {
        const size = Math.min(per_page, 100);
        return { data: comments.filter(({ issue }) => issue === `${owner}/${repo}#${issue_number}`).slice((page - 1) * size, page * size) };
      },
    },
  },
  /**
   * @template {{ per_page?: number }} P
   * @template T
   * @param {(parameters: P & { page: number }) => Promise<{ data: T[] }>} list
   * @param {P} parameters
   */
  async paginate(list, parameters) {
    /** @type {T[]} */
    const all = [];
    for (let page = 1; ; page++) {
      const { data } = await list({ ...parameters, page });
      all.push(...data);
      if (data.length < (parameters.per_page ?? 30)) return all;
    }
  },
};

export const app = {
  /** @type {(name: string, handler: (ctx: Context) => unknown) => void} */
  on: (name, handler) => void handlers.set(name, handler),
};

/**
 * What your bot says: a model, a template, anything.
 * @param {Context} ctx
 */
export async function answer(ctx) {
  return `Thank you, @${ctx.payload.sender.login}. A maintainer will look at it.`;
}

/**
 * A person comments on acme/api#7, and GitHub delivers it `times` times. Returns all comments when it is quiet.
 * @param {string} text
 */
export async function aPersonComments(text, times = 1) {
  /** @type {Comment} */
  const data = { id: comments.length + 1, body: text, user: { login: "octocat", type: "User" }, issue: "acme/api#7" };
  comments.push(data);
  const delivery = payload(data);
  for (let time = 0; time < times; time++) await deliver(delivery);
  await new Promise((resolve) => setTimeout(resolve, 100));
  return comments.map(({ user, body }) => `${user.login}: ${body}`);
}

/** @param {Comment} comment */
function payload(comment) {
  const [full_name, number] = comment.issue.split("#");
  return {
    id: `delivery-${++deliveries}`,
    name: "issue_comment",
    payload: {
      action: "created",
      issue: { number: Number(number), title: "It breaks", user: { login: "octocat", type: "User" } },
      comment,
      repository: { full_name },
      sender: comment.user,
    },
  };
}

/** @param {ReturnType<typeof payload>} delivery */
async function deliver(delivery) {
  const log = { warn: (/** @type {string} */ what) => console.warn(`warn: ${what}`) };
  const isBot = delivery.payload.sender.type === "Bot";
  await handlers.get(`${delivery.name}.${delivery.payload.action}`)?.({ ...delivery, isBot, log });
}
