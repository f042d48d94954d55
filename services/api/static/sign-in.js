// The token stands behind the # of the link: it never reaches a log. Here it moves into the form and out of sight.

const token = location.hash.slice(1);
if (token) {
  history.replaceState(null, "", location.pathname + location.search);
  const form = document.querySelector("#sign-in");
  form.elements.token.value = token;
  if (navigator.onLine) {
    form.hidden = true;
    document.querySelector("[data-signing-in]").hidden = false;
  }
  form.requestSubmit();
}
