import { ApiError } from "./api.js";
import { element, fill } from "./dom.js";
import { notify } from "./notice.js";
import { readRoute } from "./route.js";
import { forgetToken, readToken } from "./session.js";
import { showDeadLetter } from "./views/dead_letter.js";
import { showDeadLetters } from "./views/dead_letters.js";
import { showDelivery } from "./views/delivery.js";
import { showEndpoint } from "./views/endpoint.js";
import { showEndpoints } from "./views/endpoints.js";
import { showEvent } from "./views/event.js";
import { showOverview } from "./views/overview.js";
import { showSignIn } from "./views/sign_in.js";
import { showSystem } from "./views/system.js";

// The first segment, and how many follow it.
const VIEWS = new Map([
  ["/0", showOverview],
  ["endpoints/0", showEndpoints],
  ["endpoints/1", showEndpoint],
  ["deliveries/1", showDelivery],
  ["events/0", showEvent],
  ["events/1", showEvent],
  ["dead-letters/0", showDeadLetters],
  ["dead-letters/1", showDeadLetter],
  ["system/0", showSystem],
]);

const main = document.getElementById("main");
const top_ = document.getElementById("top");
let leaving = new AbortController();

function viewOf(route) {
  return VIEWS.get(`${route.path[0] ?? ""}/${Math.max(0, route.path.length - 1)}`) ?? showNothing;
}

function showNothing(place) {
  fill(
    place,
    element("h1", null, "There is nothing here"),
    element("p", null, element("a", { href: "#/" }, "To the overview")),
  );
}

function markPlace(route) {
  const here = route.path[0] === "deliveries" ? "endpoints" : (route.path[0] ?? "");
  for (const entry of top_.querySelectorAll("nav a")) {
    if (entry.getAttribute("href") === `#/${here}`) entry.setAttribute("aria-current", "page");
    else entry.removeAttribute("aria-current");
  }
}

/** Readers of the screen, and those who use the keyboard, begin at the new view's heading. */
function beginAtHeading() {
  const heading = main.querySelector("h1");
  if (!heading) return;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
  document.title = `${heading.textContent} · Postrider`;
  window.scrollTo(0, 0);
}

async function show() {
  leaving.abort();
  leaving = new AbortController();
  const { signal } = leaving;
  const signedIn = readToken() !== null;
  const route = readRoute();
  top_.hidden = !signedIn;
  fill(main);
  markPlace(route);
  try {
    const drawn = signedIn ? viewOf(route)(main, route, signal) : showSignIn(main, show);
    if (signedIn) beginAtHeading();
    await drawn;
  } catch (fault) {
    if (signal.aborted || fault.name === "AbortError") return;
    if (!(fault instanceof ApiError)) throw fault;
    if (fault.status !== 401)
      fill(main, element("h1", null, "This cannot be shown"), element("p", { role: "alert" }, fault.message));
  }
}

function signOut(why) {
  forgetToken();
  document.querySelectorAll("dialog").forEach((dialog) => dialog.close());
  notify(why);
  show();
}

window.addEventListener("hashchange", () => {
  if (location.hash === "#main") return;
  show();
});
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault(); // the address is the route's
  main.focus();
});
document.getElementById("sign-out").addEventListener("click", () => signOut("Signed out."));
document.addEventListener("token-refused", () => {
  if (readToken() !== null) signOut("The token is not taken any more.");
});
show();
