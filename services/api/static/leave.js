// Shift, three times within five seconds, leaves; and the page is out of sight before the next one has come.

const WITHIN_MS = 5_000;
const form = document.querySelector("[data-leave]");
let pressed = [];

form.addEventListener("submit", () => document.documentElement.classList.add("is-leaving"));
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
addEventListener("keydown", (event) => {
  if (event.key !== "Shift") { pressed = []; return; }
  if (event.repeat) return;
  pressed = [...pressed, event.timeStamp].filter((at) => event.timeStamp - at <= WITHIN_MS);
  if (pressed.length === 3) form.requestSubmit();
});
