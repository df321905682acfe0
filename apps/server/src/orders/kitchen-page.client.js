// Renews the kitchen's board. Without it the page still works and shows what was there when it was opened.
const board = document.getElementById('board');
let shown = board.innerHTML;

async function renew() {
  try {
    const answer = await fetch('/kitchen/board', { signal: AbortSignal.timeout(5_000) });
    if (answer.status === 401) return location.reload();
    const html = await answer.text();
    // Untouched when nothing changed, so that a finger on its way to a button still meets it.
    if (answer.ok && html !== shown) {
      shown = html;
      board.innerHTML = html;
    }
  } catch {
    // The server is away; the next round will tell.
  }
  setTimeout(renew, document.hidden ? 10_000 : 2_000);
}
setTimeout(renew, 2_000);
