// Shift, three times within five seconds, leaves; and the page is out of sight before the next one has come.

const WITHIN_MS = 5_000;
const form = document.querySelector("[data-leave]");
let pressed = [];

// "Back" must not send the code again: the place in the browser's history becomes the page that asks for it.
const forget = () => {
  const page = document.querySelector("[data-address]");
  if (page) history.replaceState(null, "", page.dataset.address);
};
if (document.querySelector("[data-address][data-ended-page]")) forget();

form.addEventListener("submit", () => {
  forget();
  document.documentElement.classList.add("is-leaving");
});
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
addEventListener("keydown", (event) => {
  if (event.key !== "Shift") { pressed = []; return; }
  if (event.repeat) return;
  pressed = [...pressed, event.timeStamp].filter((at) => event.timeStamp - at <= WITHIN_MS);
  if (pressed.length === 3) form.requestSubmit();
});
