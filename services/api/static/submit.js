// A form goes once; and nothing is ever said to be sent that was not.

const offline = document.querySelector("[data-offline]");
const notSent = document.querySelector("template[data-not-sent]");
const showLine = () => { if (offline) offline.hidden = navigator.onLine; };

const reset = (form) => {
  delete form.dataset.sent;
  form.querySelectorAll("[aria-disabled]").forEach((button) => button.removeAttribute("aria-disabled"));
};

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent !== undefined) { event.preventDefault(); return; }
  form.querySelector(".not-sent")?.remove();
  if (!navigator.onLine && form.dataset.leave === undefined) {
    event.preventDefault();
    form.append(notSent.content.cloneNode(true));
    return;
  }
  if (form.dataset.once === undefined) return;
  form.dataset.sent = "";
  form.querySelectorAll("button").forEach((button) => button.setAttribute("aria-disabled", "true"));
  setTimeout(() => reset(form), 15_000);
});

addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(reset));
for (const name of ["online", "offline"]) addEventListener(name, showLine);
showLine();
