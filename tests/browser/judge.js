// What axe finds wrong with the page, in words.
//
// The contrast of a text follows from what it and all around it look like, and costs axe more than all its
// other rules together: of texts that look the same in every respect it judges the first three.
async (tags) => {
  const SAME = 3;
  const off = ":disabled, [aria-disabled='true'], [aria-hidden='true'], [inert]";
  const keys = new Map(), numbers = new Map(), seen = new Map(), texts = [];

  const number = (words) => numbers.get(words) ?? (numbers.set(words, numbers.size), numbers.size - 1);
  const appearance = (one) => {
    if (!one) return -1;
    if (!keys.has(one)) {
      const look = getComputedStyle(one);
      keys.set(one, number([
        appearance(one.parentElement), one.tagName, one.className, one.matches(off), one.control?.matches(off),
        look.color, look.backgroundColor, look.backgroundImage, look.opacity, look.fontSize, look.fontWeight,
        look.textShadow, look.position,
      ].join("|")));
    }
    return keys.get(one);
  };

  for (const one of document.body.querySelectorAll("*")) {
    const field = one.matches("input, select, textarea");
    const own = [...one.childNodes].map((node) => (node.nodeType === Node.TEXT_NODE ? node.data : "")).join("");
    const words = field ? one.value || one.placeholder || "" : own;
    const visible = one.checkVisibility({ visibilityProperty: true, opacityProperty: true });
    if (!visible || !(field || words.trim())) continue;
    // Of a single sign axe says nothing.
    const which = `${appearance(one)} ${/[\p{L}\p{N}]{2}/u.test(words)}`;
    seen.set(which, (seen.get(which) ?? 0) + 1);
    if (seen.get(which) <= SAME) texts.push(one);
  }

  const judge = async (where, what) => {
    const found = await axe.run(where, { ...what, resultTypes: ["violations"] });
    return found.violations.map(({ id, nodes }) =>
      `${id} (${nodes.length}): ${nodes[0].html.slice(0, 200)} ${nodes[0].failureSummary.slice(0, 300)}`);
  };
  const rest = { runOnly: { type: "tag", values: tags }, rules: { "color-contrast": { enabled: false } } };
  const contrast = { runOnly: { type: "rule", values: ["color-contrast"] } };
  return [...await judge(document, rest), ...(texts.length ? await judge({ include: texts }, contrast) : [])];
}
