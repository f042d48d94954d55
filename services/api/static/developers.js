// The console of the developers' page: what is typed stays in this page, and goes nowhere but to this server.

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.closest("[data-snippet]").querySelector("code").textContent);
    button.classList.add("is-done");
    setTimeout(() => button.classList.remove("is-done"), 1500);
  });
}

const form = document.querySelector("[data-console]");
if (form) {
  const field = (name) => form.elements.namedItem(name);
  const shown = form.querySelector("output");
  form.hidden = false;

  const choose = () => {
    const chosen = field("operation").selectedOptions[0].dataset;
    field("path").value = chosen.path;
    field("body").value = chosen.body;
    field("body").closest(".field").hidden = !chosen.body;
  };
  field("operation").addEventListener("change", choose);
  choose();

  const tell = async (answer) => {
    const text = await answer.text();
    let said = text;
    try { said = JSON.stringify(JSON.parse(text), null, 2); } catch { /* no JSON: as it is */ }
    const names = ["content-type", "etag", "link", "retry-after", "ratelimit", "idempotent-replayed", "request-id"];
    const headers = names.filter((name) => answer.headers.has(name)).map((name) => `${name}: ${answer.headers.get(name)}`);
    shown.textContent = [`${answer.status} ${answer.statusText}`, ...headers, "", said].join("\n");
    return text;
  };
  const call = async (path, options) => {
    shown.textContent = "…";
    form.setAttribute("aria-busy", "true");
    try {
      return await fetch(path, { credentials: "omit", redirect: "error", cache: "no-store", ...options });
    } catch {
      shown.textContent = form.dataset.away;
      return null;
    } finally {
      form.removeAttribute("aria-busy");
    }
  };

  form.querySelector("[data-token]").addEventListener("click", async () => {
    const pair = btoa(`${field("client_id").value.trim()}:${field("client_secret").value.trim()}`);
    const answer = await call("/v1/oauth/token", {
      method: "POST",
      headers: { authorization: `Basic ${pair}` },
      body: new URLSearchParams({ grant_type: "client_credentials" }),
    });
    if (answer) {
      const text = await tell(answer);
      if (answer.ok) field("token").value = JSON.parse(text).access_token;
    }
  });

  form.querySelector("[data-reset]").addEventListener("click", async () => {
    const headers = { authorization: `Bearer ${field("token").value.trim()}` };
    const answer = await call("/v1/sandbox/reset", { method: "POST", headers });
    if (answer) await tell(answer);
  });

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const chosen = field("operation").selectedOptions[0].dataset;
    const headers = {};
    if (field("token").value) headers.authorization = `Bearer ${field("token").value.trim()}`;
    if (chosen.key) headers["idempotency-key"] = crypto.randomUUID();
    if (chosen.body) headers["content-type"] = chosen.kind;
    const body = chosen.body ? field("body").value : undefined;
    const answer = await call(field("path").value, { method: chosen.method, headers, body });
    if (answer) await tell(answer);
  });
}
