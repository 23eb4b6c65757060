// The public API, and nothing else.
import { readToken } from "./session.js";

/** What the API refused, or that it did not answer (`status` 0). `message` is for people. */
export class ApiError extends Error {
  constructor(status, code, message, faults = []) {
    super(message);
    this.status = status;
    this.code = code;
    this.faults = faults;
  }
}

async function refusal(answer) {
  let problem = {};
  try {
    problem = await answer.json();
  } catch {
    // A proxy in between may answer with anything.
  }
  return new ApiError(
    answer.status,
    String(problem.code ?? ""),
    String(problem.detail ?? problem.title ?? `The daemon answered ${answer.status}.`),
    problem.errors ?? [],
  );
}

async function send(method, path, { body, signal, token = readToken() } = {}) {
  const headers = {};
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(path, {
      method,
      headers,
      signal,
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (fault) {
    if (fault.name === "AbortError") throw fault;
    throw new ApiError(0, "unreachable", "The daemon does not answer.");
  }
  if (answer.ok) return answer;
  const fault = await refusal(answer);
  if (answer.status === 401) document.dispatchEvent(new CustomEvent("token-refused"));
  throw fault;
}

export async function get(path, options) {
  return (await send("GET", path, options)).json();
}

export async function getText(path, options) {
  return (await send("GET", path, options)).text();
}

export async function post(path, body, options) {
  return (await send("POST", path, { ...options, body })).json();
}

export async function remove(path, options) {
  await send("DELETE", path, options);
}

/** `/api/webhooks/{id}/pause` with the id in its place. Throws what a 404 would for what can be no id. */
export function pathOf(template, id) {
  if (!/^[\w.-]{1,400}$/.test(id) || /^\.+$/.test(id)) throw new ApiError(404, "not_found", "There is no such id.");
  return template.replace("{id}", () => encodeURIComponent(id));
}

/** The path with those parameters that are not empty. */
export function withQuery(path, parameters) {
  const given = Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const text = given.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
  return text ? `${path}?${text}` : path;
}
