// Counts offers down from the server's own number, so that a wrong clock on the phone does not matter.

const SAY_AT_S = [60, 30, 10];
const SHAKE_AT_S = 30;
const ends = new WeakMap();

/** Browsers allow it only after somebody has touched the page, and say so in the console. */
const shake = () => { if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(200); };

const words = (ring, seconds) => {
  const [text, count] =
    seconds <= 0 ? [ring.dataset.over, 0]
    : seconds < 60 ? [ring.dataset.seconds, seconds]
    : seconds < 5_400 ? [ring.dataset.minutes, Math.ceil(seconds / 60)]
    : [ring.dataset.hours, Math.ceil(seconds / 3_600)];
  return text.replace("#", count);
};

function tick(ring) {
  const inAll = Number(ring.dataset.secondsInAll);
  if (!ends.has(ring)) ends.set(ring, { at: Date.now() + Number(ring.dataset.secondsLeft) * 1_000, said: Infinity });
  const end = ends.get(ring);
  const left = Math.max(0, Math.round((end.at - Date.now()) / 1_000));
  ring.querySelector(".ring-left").setAttribute("stroke-dashoffset", String(100 - (100 * left) / inAll));
  const text = ring.querySelector("[data-ring-text]");
  const now = words(ring, left);
  if (text.textContent !== now) text.textContent = now;
  const due = SAY_AT_S.find((at) => left === at && at < end.said);
  if (due) {
    end.said = due;
    const live = document.querySelector("[data-live-said]");
    if (live) live.textContent = now;
    if (due === SHAKE_AT_S) shake();
  }
}

const tickAll = () => document.querySelectorAll("[data-seconds-left]").forEach(tick);
document.addEventListener("owncall:fragment", ({ detail }) => {
  tickAll();
  if (detail.isNews) shake();
});
setInterval(tickAll, 1_000);
tickAll();
