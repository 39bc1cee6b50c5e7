// A card goes from here to Stripe; our own server gets only the name that Stripe gave it. Where the bank asks the
// card's owner, Stripe shows its question. Without this script the page offers a debit.
for (const hint of document.querySelectorAll("[data-needs-script]")) {
  hint.hidden = true;
}

function stripeOf(form) {
  return window.Stripe(form.dataset.key, { stripeAccount: form.dataset.account });
}

function tell(form, error) {
  const place = form.querySelector("[data-error]");
  place.textContent = error.message || String(error);
  place.hidden = false;
  form.querySelector("button").disabled = false;
}

async function nameOf(stripe, card) {
  const made = await stripe.createPaymentMethod({ type: "card", card });
  if (made) {
    return made.error ? made : { id: made.paymentMethod.id };
  }
  // A server that stands in for Stripe makes no payment methods in browsers, but tokens of cards.
  const token = await stripe.createToken(card);
  return token.error ? token : { id: token.token.card.id };
}

const paying = document.querySelector("[data-stripe-card]");
if (paying && window.Stripe) {
  const stripe = stripeOf(paying);
  const card = stripe.elements().create("card");
  paying.hidden = false;
  card.mount(paying.querySelector("[data-card]"));
  paying.addEventListener("submit", async (event) => {
    event.preventDefault();
    paying.querySelector("button").disabled = true;
    const named = await nameOf(stripe, card);
    if (named.error) {
      tell(paying, named.error);
      return;
    }
    paying.elements.source.value = named.id;
    paying.submit();
  });
}

const acting = document.querySelector("[data-stripe-act]");
if (acting && window.Stripe) {
  acting.addEventListener("submit", async (event) => {
    event.preventDefault();
    acting.querySelector("button").disabled = true;
    const answer = await stripeOf(acting).confirmCardPayment(acting.dataset.secret);
    if (answer.error) {
      tell(acting, answer.error);
      return;
    }
    acting.submit();
  });
}
