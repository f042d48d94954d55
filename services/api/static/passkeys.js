// Passkeys: made, shown, and what to do when the browser cannot. Buttons are marked [data-passkey].

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const named = (list) => (list ?? []).map((each) => ({ ...each, id: bytes(each.id) }));

const WAYS = {
  enroll: { from: "/v1/enrollments", makes: true },
  add: { from: "/v1/account/passkeys", makes: true },
  "sign-in": { from: "/v1/sign-ins", makes: false },
  prove: { from: "/v1/account/proofs", makes: false },
};

/** What a browser's own refusal means to a person. */
const WRONG = {
  NotAllowedError: "stopped",
  AbortError: "stopped",
  InvalidStateError: "known",
  SecurityError: "address",
  NotSupportedError: "browser",
  ConstraintError: "lock",
};
const CODES = { link_used: "link", too_many_passkeys: "many" };

class Refused extends Error {
  constructor(code) { super(code); this.code = code; }
}

async function send(address, body) {
  const answer = await fetch(address, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
    cache: "no-store",
    redirect: "error",
  });
  const said = answer.status === 204 ? {} : await answer.json();
  if (!answer.ok) throw new Refused(said.type?.split("/").pop() ?? "");
  return said;
}

async function make(asked) {
  const made = await navigator.credentials.create({
    publicKey: {
      ...asked,
      challenge: bytes(asked.challenge),
      user: { ...asked.user, id: bytes(asked.user.id) },
      excludeCredentials: named(asked.excludeCredentials),
    },
  });
  return credential(made, {
    attestationObject: text(made.response.attestationObject),
    transports: made.response.getTransports?.() ?? [],
  });
}

async function show(asked) {
  const shown = await navigator.credentials.get({
    publicKey: { ...asked, challenge: bytes(asked.challenge), allowCredentials: named(asked.allowCredentials) },
  });
  const { authenticatorData, signature, userHandle } = shown.response;
  return credential(shown, {
    authenticatorData: text(authenticatorData),
    signature: text(signature),
    userHandle: userHandle ? text(userHandle) : null,
  });
}

const credential = (key, response) => ({
  id: key.id,
  rawId: text(key.rawId),
  type: key.type,
  response: { clientDataJSON: text(key.response.clientDataJSON), ...response },
});

const token = location.hash.slice(1);

function say(root, which) {
  for (const each of root.querySelectorAll("[data-says]")) each.hidden = each.dataset.says !== which;
}

/** The same page in the language that this one speaks. */
function spoken(address) {
  const lang = new URLSearchParams(location.search).get("lang");
  if (!lang) return address;
  return `${address}${address.includes("?") ? "&" : "?"}lang=${encodeURIComponent(lang)}`;
}

async function begin(button) {
  const root = button.closest("[data-passkeys]");
  const { from, makes } = WAYS[button.dataset.passkey];
  const link = button.dataset.passkey === "enroll" ? { token } : {};
  button.setAttribute("aria-disabled", "true");
  say(root, "working");
  try {
    const { publicKey } = await send(`${from}/options`, link);
    const answer = await (makes ? make(publicKey) : show(publicKey));
    const { next } = await send(from, { ...link, credential: answer });
    location.assign(spoken(next ?? root.dataset.next));
  } catch (error) {
    button.removeAttribute("aria-disabled");
    if (error instanceof Refused && error.code === "prove_again") location.assign(spoken("/account/prove?next=/account"));
    else say(root, whatIsWrong(error));
  }
}

function whatIsWrong(error) {
  if (error instanceof Refused) return CODES[error.code] ?? "refused";
  if (error instanceof TypeError) return "offline";
  return WRONG[error.name] ?? "refused";
}

for (const root of document.querySelectorAll("[data-passkeys]")) {
  const isAble = window.isSecureContext && window.PublicKeyCredential && navigator.credentials;
  for (const button of root.querySelectorAll("[data-passkey]")) {
    button.hidden = !isAble;
    button.addEventListener("click", () => { if (!button.hasAttribute("aria-disabled")) begin(button); });
  }
  say(root, isAble ? "" : "browser");
  if (isAble && root.querySelector("[data-passkey=enroll]") && !token) {
    say(root, "link");
    root.querySelector("[data-passkey=enroll]").hidden = true;
  }
}
// The token stands behind the # of the link: it never reaches a log, and is out of sight from here on.
if (token) history.replaceState(null, "", location.pathname + location.search);
