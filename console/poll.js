const BUSY_SHARE = 10;

function wait(time, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(done, time);
    signal.addEventListener("abort", done, { once: true });
    function done() {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
  });
}

function whenSeen(signal) {
  return new Promise((resolve) => {
    const look = () => {
      if (document.hidden && !signal.aborted) return;
      document.removeEventListener("visibilitychange", look);
      signal.removeEventListener("abort", look);
      resolve();
    };
    document.addEventListener("visibilitychange", look);
    signal.addEventListener("abort", look);
    look();
  });
}

/**
 * Does `work` now and then every `seconds`, until `signal`. Rests while the tab is hidden, and where the daemon is slow
 * to answer, so that an open console is never more than a tenth of its load.
 */
export async function poll(work, seconds, signal) {
  while (!signal.aborted) {
    const begun = performance.now();
    await work();
    await wait(Math.max(seconds * 1000, (performance.now() - begun) * BUSY_SHARE), signal);
    await whenSeen(signal);
  }
}
