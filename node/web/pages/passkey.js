// Passes questions of the node to the passkeys of this browser, and their answers back.
"use strict";
const bytes = (s) => Uint8Array.from(atob(s.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (b) => btoa(String.fromCharCode(...new Uint8Array(b))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const ids = (list) => (list || []).map((k) => ({ ...k, id: bytes(k.id) }));

async function post(path, body) {
  const res = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  const got = await res.json();
  if (!res.ok) throw new Error(got.detail + " " + (got.fix || ""));
  return got;
}

function wire(k) {
  const r = { clientDataJSON: text(k.response.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (k.response[name]) r[name] = text(k.response[name]);
  }
  if (k.response.getTransports) r.transports = k.response.getTransports();
  return { id: k.id, rawId: text(k.rawId), type: k.type, response: r, clientExtensionResults: k.getClientExtensionResults() };
}

async function signIn(again) {
  const o = (await post("/sign-in/begin", {})).publicKey;
  const key = await navigator.credentials.get({ publicKey: { ...o, challenge: bytes(o.challenge), allowCredentials: ids(o.allowCredentials) } });
  return post("/sign-in/finish", again ? { answer: wire(key), again } : { answer: wire(key) });
}

async function enrol(form) {
  const link = location.hash.slice(1), name = form.elements.name.value.trim();
  const asked = await post("/enrol/begin", name ? { link, name } : { link });
  if (!asked.named) {
    form.querySelector(".name").hidden = false;
    form.elements.name.focus();
    return null;
  }
  const o = asked.publicKey;
  const key = await navigator.credentials.create({
    publicKey: { ...o, challenge: bytes(o.challenge), user: { ...o.user, id: bytes(o.user.id) }, excludeCredentials: ids(o.excludeCredentials) },
  });
  return post("/enrol/finish", { link, answer: wire(key) });
}

// inChosen keeps the language that was chosen before signing in.
function inChosen(path) {
  const to = new URL(path, location), lang = new URLSearchParams(location.search).get("lang");
  if (lang) to.searchParams.set("lang", lang);
  return to;
}

const form = document.querySelector("form[data-passkey]");
if (form.dataset.passkey === "enrol") {
  for (const a of document.querySelectorAll(".tongues a")) a.hash = location.hash; // the link stays with the page
}
const said = document.querySelector("#said");
form.addEventListener("submit", async (e) => {
  e.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  said.textContent = "";
  try {
    const again = form.dataset.passkey === "again";
    const done = await (form.dataset.passkey === "enrol" ? enrol(form) : signIn(again));
    if (again) form.submit(); // goes on to what it was for
    else if (done) location.replace(inChosen(done.to));
  } catch (err) {
    said.textContent = err.name === "NotAllowedError" ? form.dataset.cancelled : err.message;
  }
  button.disabled = false;
});
if (form.dataset.passkey !== "again") form.querySelector("button").disabled = !window.PublicKeyCredential;
if (!window.PublicKeyCredential) said.textContent = form.dataset.unable;
