// Keeps the parts marked [data-live] as the server last said, without moving the focus or what somebody has typed.

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 10_000;
const SETTLE_MS = 400;

/** The only text that becomes elements anywhere: what our own server sent into a live part (Trusted Types). */
const policy = globalThis.trustedTypes?.createPolicy("owncall-live", { createHTML: (html) => html });
const ours = (html) => policy?.createHTML(html) ?? html;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

let fingerDown = false;
addEventListener("pointerdown", () => { fingerDown = true; }, { passive: true });
for (const name of ["pointerup", "pointercancel"]) {
  addEventListener(name, () => setTimeout(() => { fingerDown = false; }, SETTLE_MS), { passive: true });
}

const isPick = (control) => control.type === "radio" || control.type === "checkbox";

/** A name by which the same control is found again in the new fragment. */
function keyOf(control) {
  const form = control.closest("form");
  const place = form ? form.getAttribute("action") : control.closest("details")?.dataset.keep;
  return [control.tagName, place, control.id, control.name, isPick(control) ? control.value : "",
    control.getAttribute("href")].join("|");
}

const controlsOf = (root) => [...root.querySelectorAll("a[href], button, input, select, textarea, summary")];

/** What somebody has typed or chosen and not sent yet: it stays when the page changes by itself. */
function isGiven(control) {
  if (control.hasAttribute("data-given")) return true; // given back after it could not be taken
  if (control.tagName === "SELECT") {
    return control.selectedIndex !== Math.max(0, [...control.options].findIndex((each) => each.defaultSelected));
  }
  if (isPick(control)) return control.checked !== control.defaultChecked;
  return ["INPUT", "TEXTAREA"].includes(control.tagName) && control.type !== "hidden"
    && control.value !== control.defaultValue;
}

function replace(part, html) {
  const focused = part.contains(document.activeElement) ? keyOf(document.activeElement) : null;
  const open = new Set([...part.querySelectorAll("details[open]")].map((each) => each.dataset.keep));
  const given = new Map(
    controlsOf(part).filter(isGiven).map((each) => [keyOf(each), { value: each.value, checked: each.checked }]),
  );
  const said = wordsToSay(part);
  part.innerHTML = ours(html);
  for (const details of part.querySelectorAll("details")) details.open = open.has(details.dataset.keep);
  for (const control of controlsOf(part)) {
    const key = keyOf(control);
    if (given.has(key) && isPick(control)) control.checked = given.get(key).checked;
    else if (given.has(key)) control.value = given.get(key).value;
    if (key === focused) control.focus({ preventScroll: true });
  }
  if (focused && !part.contains(document.activeElement)) part.querySelector("h1, h2")?.focus({ preventScroll: true });
  const now = wordsToSay(part);
  if (now !== said) document.querySelector("[data-live-said]").textContent = now;
  document.dispatchEvent(new CustomEvent("owncall:fragment", { detail: { isNews: now !== said && now !== "" } }));
}

const wordsToSay = (part) =>
  [...part.querySelectorAll("[data-say]")].map((each) => each.textContent.replace(/\s+/g, " ").trim()).join(" ");

/** Replaces when no finger is on the glass, so that nothing moves under a tap. */
async function show(part, html) {
  while (fingerDown || part.querySelector("[data-sent]")) await pause(SETTLE_MS);
  replace(part, html);
}

/** Yields [event, data] of a text/event-stream. */
async function* eventsOf(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const blocks = (rest + value).replaceAll("\r\n", "\n").split("\n\n");
      rest = blocks.pop();
      for (const block of blocks) {
        const lines = block.split("\n");
        const named = lines.find((line) => line.startsWith("event:"))?.slice(6).trim() ?? "message";
        const data = lines.filter((line) => line.startsWith("data:")).map((line) => line.slice(5).replace(/^ /, ""));
        if (data.length) yield [named, data.join("\n")];
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

async function listen(part, connected) {
  const form = part.dataset.liveForm && document.querySelector(part.dataset.liveForm);
  const answer = await fetch(part.dataset.live, {
    method: form ? "POST" : "GET",
    body: form ? new URLSearchParams(new FormData(form)) : undefined,
    headers: { Accept: "text/event-stream" },
    cache: "no-store",
    redirect: "error",
  });
  if (answer.status === 401) location.reload(); // signed out: what it shows is no longer for whoever looks
  if (answer.status === 401 || answer.status === 403 || answer.status === 404) return true;
  if (!answer.ok || !answer.body) throw new Error("no stream");
  let last = null;
  for await (const [named, html] of eventsOf(answer.body)) {
    connected();
    if (named !== "fragment" || html === last) continue;
    last = html;
    await show(part, html);
  }
  return part.querySelector("[data-ended]") !== null;
}

async function keep(part) {
  const states = document.querySelectorAll("[data-live-state]");
  const connected = (isConnected) => states.forEach((state) => { state.hidden = isConnected; });
  for (let wait = FIRST_WAIT_MS; ; ) {
    try {
      const isOver = await listen(part, () => { wait = FIRST_WAIT_MS; connected(true); });
      if (isOver) return;
    } catch {
      connected(false);
    }
    await pause(wait * (0.75 + Math.random() / 2));
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
  }
}

for (const part of document.querySelectorAll("[data-live]")) keep(part);
