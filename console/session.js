// The token lives in sessionStorage: this tab alone, gone when it is closed, and in no URL.
const KEY = "postrider-token";

/** The token; "" where the daemon has none; null when nobody has signed in. */
export function readToken() {
  return sessionStorage.getItem(KEY);
}

export function keepToken(token) {
  sessionStorage.setItem(KEY, token);
}

export function forgetToken() {
  sessionStorage.removeItem(KEY);
}
