// An offer to undo goes away after its seconds, but never under somebody's hand.
export function fadeUndo() {
  for (const notice of document.querySelectorAll("[data-undo]")) {
    let left = Number(notice.dataset.undo);
    const timer = setInterval(() => {
      if (notice.matches(":hover, :focus-within")) return;
      left -= 1;
      if (left > 0) return;
      clearInterval(timer);
      notice.remove();
    }, 1000);
  }
}
